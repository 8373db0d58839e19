"""Which encoding of the time before UTF-8 a text is in, judged by the letters that it makes of the bytes.

It answers only where one encoding makes words of nearly all letters and no other does nearly as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

WESTERN = "cp1252"
HIGH = re.compile(rb"[\x80-\xff]+")
IN_LATIN_WORD = re.compile(rb"[A-Za-z][\x80-\xff]+|[\x80-\xff]+[A-Za-z]")
SAMPLE = 64 << 10
LEAST, GOOD, AHEAD = 8, 0.85, 0.05
"""How many bytes outside ASCII tell anything, what part of them must make sense, and how much more than in any other
encoding."""
RUNS = 0.5
"""The part of such bytes that stand side by side, from which the letters are not Latin ones."""
CYRILLIC = "\u0410-\u044fЁёЄєІіЇї"
ARABIC = "\u0621-\u064a"
ALPHABETS = {
    "cp1251": CYRILLIC,
    "koi8_r": CYRILLIC,
    "iso8859_5": CYRILLIC,
    "mac_cyrillic": CYRILLIC,
    "cp866": CYRILLIC,
    "cp1253": "\u0386-\u03ce",
    "cp1255": "\u05d0-\u05ea",
    "cp1256": f"{ARABIC}\u067e\u0686\u0698\u06a9\u06af\u06cc",
    "iso8859_6": ARABIC,
}
HEBREW_END_INSIDE = re.compile("[ךםןףץ](?=[א-ת])")
"""A letter that Hebrew writes at the end of a word only."""
FREQUENT_ARABIC = frozenset("لمنوي")
"""Letters of which every Arabic text has some."""
ONE_CASE = 0.1
"""What a reading loses in which names have no capitals, or nothing else: Hebrew and Arabic have none."""
COMMON_PAIRS = {"gb18030": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "euc_kr": (0xB0, 0xC8)}
"""The first bytes of the characters that nearly all words are made of (GB 2312 level 1, Big5 level 1, Hangul)."""
MANY_PAIRS = 12
"""Among as many, each of these three shows what sets it apart: Chinese goes beyond the rows of Hangul, and Big5 has
second bytes that the others lack."""
JAPANESE = ("shift_jis", "euc_jp")
KANA = re.compile("[\u3041-\u30fe]")
DOS_AND_MAC = ("mac_roman", "cp850")
WESTERN_LANGUAGES = (
    *("äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúüçïàèòôâêãõ", "àèéìîòóù", "åäöæøéü", "áðéíóúýþæö", "äöõüšž", "éëïóöüèê"),
)
"""The letters outside ASCII of German, French, the Iberian languages, Italian, the Nordic ones, Icelandic, Estonian,
Dutch."""
CENTRAL_LANGUAGES = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ", "äöüß")
OTHER_LATIN: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("cp1250", "iso8859_2", "cp852", "mac_latin2"), CENTRAL_LANGUAGES
)
OTHER_LATIN |= {"cp1254": ("çğıöşüi\u0307",)}
"""The letters of Polish, Czech, Slovak, Hungarian, the South Slavic languages, Romanian and German, and of Turkish, by
the codecs in which these are written, the likelier first."""
LETTERS_GOOD, LETTERS_AHEAD = 0.97, 0.1
"""What part of the letters must be those of one such language, and how much more than of any Western one."""


def detect_codec(text: bytes) -> str:
    """Return the codec of a text that is not UTF-8; "" where it is unclear."""
    sample = b"\n".join(_sample_lines(text))
    high = HIGH.findall(sample)
    count = sum(map(len, high))
    side_by_side = sum(len(run) for run in high if len(run) > 1)
    if other := _detect_other_latin(sample, high):
        return other
    if not count or side_by_side < RUNS * count:
        return _detect_western(sample)
    if count < LEAST:
        return ""
    scores = sorted(_score_codecs(sample, count), reverse=True)
    (best, codec), (second, _) = [*scores, (0.0, ""), (0.0, "")][:2]
    return codec if best >= GOOD and best - second >= AHEAD else ""


def _sample_lines(text: bytes) -> Iterator[bytes]:
    taken = 0
    for line in re.split(rb"[\r\n]+", text)[:-1] or [text]:
        if HIGH.search(line):
            taken += len(line)
            yield line
        if taken > SAMPLE:
            return


def _detect_other_latin(sample: bytes, runs: list[bytes]) -> str:
    """Return the codec that makes the letters of one language of all letters where Windows-1252 and its like do not;
    "".
    """
    if len(IN_LATIN_WORD.findall(sample)) < RUNS * len(runs):
        return ""
    western = _decode(sample, _detect_western(sample))
    for together in (False, True):  # one language alone, then several in one file
        shares = {
            codec: _measure_share(_decode(sample, codec), ("".join(those),) if together else those)
            for codec, those in OTHER_LATIN.items()
        }
        best = max(shares, key=lambda codec: shares[codec])
        known = _measure_share(western, ("".join(WESTERN_LANGUAGES),) if together else WESTERN_LANGUAGES)
        if shares[best] >= LETTERS_GOOD and shares[best] - known >= LETTERS_AHEAD:
            return best
    return ""


def _measure_share(text: str, languages: Iterable[str]) -> float:
    """Return what part of the signs outside ASCII that stand in words are letters of one language, the one with the
    most.
    """
    threes = zip(f" {text[:-1]}", text, f"{text[1:]} ", strict=False)
    high = ((before, letter, behind) for before, letter, behind in threes if letter > "\x7f")
    judged = [(before, letter) for before, letter, behind in high if before.isalpha() or behind.isalpha()]
    in_words = [letter for before, letter in judged if not (letter.isupper() and before.islower())]
    counts = (sum(letter.lower() in language for letter in in_words) for language in languages)
    return max(counts) / max(len(judged), 1)


def _detect_western(sample: bytes) -> str:
    """Windows-1252, unless its letters make no words and those of a Macintosh or of DOS do."""
    scores = {codec: _score_words(_decode(sample, codec)) for codec in (WESTERN, *DOS_AND_MAC)}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] > max(scores[WESTERN], 0) and scores[best] >= GOOD else WESTERN


def _decode(sample: bytes, codec: str) -> str:
    return sample.decode(codec, "replace")


def _score_words(text: str) -> float:
    """Return what part of the letters outside ASCII fit to the letter before them, less those that do not."""
    judged = [_score_letter(before, letter) for before, letter in pairwise(f" {text}") if letter > "\x7f"]
    return sum(judged) / max(len(judged), 1)


def _score_letter(before: str, letter: str) -> int:
    if not letter.isalpha():
        return -1 if before.isalpha() else 0
    return -1 if letter.isupper() and before.islower() else 1


def _score_codecs(sample: bytes, count: int) -> Iterable[tuple[float, str]]:
    for codec, alphabet in ALPHABETS.items():
        if (text := _decode_strictly(sample, codec)) is not None and not _lacks_arabic_letters(text, alphabet):
            letters = len(re.findall(f"[{alphabet}]", text))
            turned = sum(before.islower() and letter.isupper() for before, letter in pairwise(text))
            turned += len(HEBREW_END_INSIDE.findall(text))
            yield (letters - 2 * turned) / count - ONE_CASE * _has_one_case(text), codec
    for codec, (first, last) in COMMON_PAIRS.items():
        if (text := _decode_strictly(sample, codec)) is not None:
            pairs = [pair for letter in text if len(pair := letter.encode(codec)) > 1]
            common = sum(first <= pair[0] <= last for pair in pairs) / max(len(pairs), 1)
            yield common * (not _belongs_elsewhere(pairs, codec)), codec
    for codec in JAPANESE:
        text = _decode_strictly(sample, codec)
        if text is not None and KANA.search(text):
            wide = [letter for letter in text if letter > "\x7f"]
            yield sum("\u3041" <= letter <= "\u9fa0" for letter in wide) / len(wide), codec


def _lacks_arabic_letters(text: str, alphabet: str) -> bool:
    return alphabet.startswith(ARABIC) and FREQUENT_ARABIC.isdisjoint(text)


def _has_one_case(text: str) -> bool:
    """Return whether the letters outside ASCII are all capitals or all small ones."""
    letters = "".join(letter for letter in text if letter > "\x7f")
    return letters.isupper() or letters.islower()


def _belongs_elsewhere(pairs: list[bytes], codec: str) -> bool:
    if len(pairs) < MANY_PAIRS:
        return False
    if codec == "big5":
        return all(pair[1] > 0xA0 for pair in pairs)
    return codec == "gb18030" and all(pair[0] <= COMMON_PAIRS["euc_kr"][1] for pair in pairs)


def _decode_strictly(sample: bytes, codec: str) -> str | None:
    try:
        return sample.decode(codec)
    except UnicodeDecodeError:
        return None
