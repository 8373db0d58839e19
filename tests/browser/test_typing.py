"""In a real Chromium: the preview and the length of a message follow every key, and say what `smscore` says."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from smscore import Kind, Message, get_counting_rules, name_values
from smscore.messages import list_unicode_characters, preview, simplify_punctuation
from smscore.messages.segments import Charset, count
from tests.browser.test_operator import compose, go, upload, wait_for_figure

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCRIPT = Path(__file__).parents[2] / "pages/ui/live_preview.js"
SIGNS = [
    *(
        "a",
        "B",
        " ",
        "\n",
        "@",
        "€",
        "^",
        "{{",
        "}}",
        "[",
        "~",
        "\f",
        "ñ",
        "Δ",
        "ç",
        "é",
        "’",
        "“",
        "—",
        "…",
        "₹",
        "\t",
    ),
    *("न", "मस्ते", "😀", "👩‍👩‍👧", "\u200b", "\u202e", "\xa0", "`", "ﬁ", "{name}", "{ Name }", "{city|Pune}", "{code}"),
    *("{phone}", "{Order No.|}", "{Order No.|—}", "{नाम}", "{CITY|“X”}"),
]
PERSON = {"phone": "+919876543210", "name": " Asha\xa0", "city": "", "Order No.": "", "नाम": "आशा’", "row": "1"}


def make_texts(how_many: int) -> list[str]:
    """Texts of all lengths about the ends of segments, in GSM-7 and not."""
    dice = random.Random(11)
    texts = []
    for turn in range(how_many):
        signs = SIGNS if turn % 3 else SIGNS[:16]
        size = dice.choice((dice.randrange(12), 65 + dice.randrange(8), 150 + dice.randrange(16), dice.randrange(700)))
        texts.append("".join(dice.choices(signs, k=size)))
    return ["", *texts]


def measure(text: str) -> dict:
    """What `smscore` says of a text, in the words of the script."""
    size = count(text)
    found = {"characters": size.characters, "unicode": size.charset is Charset.UCS2, "units": size.units}
    return found | {"foreign": list(list_unicode_characters(text)), "segments": size.segments, "left": size.left}


@pytest.mark.parametrize(("one_time", "plain"), [(False, False), (False, True), (True, False)])
def test_the_browser_fills_and_counts_as_smscore_does(chromium, one_time, plain):
    kind = Kind.OTP if one_time else Kind.TEXT
    texts = [text for text in make_texts(5000) if one_time or "{code}" not in text]
    rules = get_counting_rules()
    data = {**rules, "person": name_values(PERSON), "plain": plain, "code": rules["code"] if one_time else ""}
    page = chromium.new_page()
    results = page.evaluate(
        """async ([script, texts, data]) => {
            const module = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
            return texts.map((text) => {
                const filled = module.fill(text, data);
                return [filled, module.measure(filled, data.alphabet), module.makePlain(filled, data.lookAlikes)];
            });
        }""",
        [SCRIPT.read_text(), texts, data],
    )
    page.close()
    assert len(results) == len(texts) > 2000
    for text, (filled, size, straight) in zip(texts, results, strict=True):
        read = preview(Message(kind, "ACMEIN", text=text, plain=plain), PERSON).text
        assert filled == read
        assert size == measure(read), text
        assert straight == simplify_punctuation(read)


def facts(page) -> list[str]:
    """The length of the message as the page says it."""
    return page.locator(".facts li").all_inner_texts()


def test_every_key_in_compose_changes_the_preview_and_the_length_without_a_click(page, server):
    page.goto(server.url)
    go(page, "Compose")
    area = page.get_by_label("Text", exact=True)
    area.click()
    page.keyboard.type("Hello")
    page.locator(".bubble", has_text="Hello").wait_for()
    assert facts(page)[:2] == ["5 characters", "1 segment"] and "GSM-7" in facts(page)
    page.keyboard.type(" ’")
    assert facts(page)[0] == "7 characters" and "UCS-2 (Unicode)" in facts(page) and "63 left" in facts(page)[2]
    page.keyboard.press("Backspace")
    assert "GSM-7" in facts(page)
    page.keyboard.insert_text("x" * 160)
    assert facts(page)[:2] == ["166 characters", "2 segments"]
    assert area.evaluate("area => area === document.activeElement"), "the cursor left the text"


def test_the_server_hears_of_the_text_once_the_typing_pauses(page, server):
    page.goto(server.url)
    go(page, "Compose")
    compose(page, "98765 43210", "Hello")
    wait_for_figure(page, "Segments", "1")
    page.get_by_label("Text", exact=True).press("End")
    page.keyboard.type(" नमस्ते" * 12)
    wait_for_figure(page, "Segments", "2")
    page.keyboard.type("!")
    assert page.get_by_label("Text", exact=True).input_value() == "Hello" + " नमस्ते" * 12 + "!"
    assert page.locator(".told").inner_text().startswith("89 characters, 2 segments"), "nothing for a screen reader"


def test_a_column_is_put_at_the_cursor_with_the_keyboard_alone(page, server):
    path = server.folder / "people.csv"
    path.write_text("name,phone,city\nAsha,098765-43210,Pune\nRavi,098765-43211,Goa\n")
    upload(page, server, path, "Hello , see you in .")
    area = page.get_by_role("textbox", name="Text", exact=True)
    area.evaluate("area => area.setSelectionRange(6, 6)")
    page.get_by_role("button", name="{name}", exact=True).press("Enter")
    assert area.input_value() == "Hello {name}, see you in ."
    area.evaluate("area => area.setSelectionRange(area.value.length - 1, area.value.length - 1)")
    page.get_by_role("button", name="{city}", exact=True).press("Enter")
    page.keyboard.type(" soon")
    assert area.input_value() == "Hello {name}, see you in {city} soon."
    page.locator(".bubble", has_text="Hello Asha, see you in Pune soon.").wait_for()
    page.get_by_role("spinbutton", name="Preview contact").fill("2")
    page.get_by_role("spinbutton", name="Preview contact").press("Enter")
    page.locator(".bubble", has_text="Hello Ravi, see you in Goa soon.").wait_for()
    page.locator(".note", has_text="Row 3 of the sheet").wait_for()
