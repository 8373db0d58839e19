"""The settings: where they come from, what they refuse, and what they never show."""

from __future__ import annotations

import copy
import pickle
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from smscore import open_desk
from smscore.config import NAMES, Role, load_settings
from smscore.errors import SENTENCES, SettingsError
from smscore.store import get_sqlite_file

ROOT = Path(__file__).parents[1]
KEY = "k3y-canary-5d1f9b"
TOKEN = "token-canary-77aa01"


@pytest.fixture
def load(tmp_path):
    def _load(toml: str = "", /, **environ: str):
        path = tmp_path / "secrets.toml"
        if toml:
            path.write_text(toml)
        return load_settings({f"SMSCORE_{name.upper()}": text for name, text in environ.items()}, path)

    return _load


def faults(load, toml: str = "", /, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(toml, **environ)
    return caught.value.facts["faults"]


def test_nothing_set_is_a_sandbox_on_sqlite(load):
    settings = load()
    assert not settings.live and settings.api_key is None and settings.webhook_token is None
    assert settings.base_url == "https://api.aoc-portal.com" and settings.host == "api.aoc-portal.com"
    assert settings.database_url == "sqlite:///data/smscore.db"
    assert (settings.role, settings.region, settings.timezone) == (Role.ALL, "IN", "Asia/Kolkata")
    assert (settings.rate, settings.batch_size, settings.connections) == (100, 100, 8)
    assert settings.price is None and settings.currency == "INR"


def test_environment_wins_over_the_file(load):
    toml = '[smscore]\napi_key = "from-file"\nrate = 5\nregion = "GB"\n[other]\nrate = 7\n'
    settings = load(toml, rate="9.5", price="0.18")
    assert settings.api_key.get_secret_value() == "from-file" and settings.live
    assert (settings.rate, settings.region, settings.price) == (9.5, "GB", Decimal("0.18"))


def test_an_empty_variable_is_not_set(load):
    assert not load(api_key="  ", rate="").live


def test_an_unrelated_variable_is_not_read(tmp_path):
    assert load_settings({"API_KEY": KEY, "DATABASE_URL": "mysql://x"}, tmp_path / "none").live is False


def test_the_process_environment_is_the_default(monkeypatch, tmp_path):
    monkeypatch.setenv("SMSCORE_REGION", "de")
    monkeypatch.chdir(tmp_path)
    assert load_settings().region == "DE"


def test_all_faults_are_told_at_once(load):
    told = faults(
        load, rate="fast", batch_size="1001", region="ZZ", timezone="Delhi", base_url="http://api.example.com"
    )
    assert len(told) == 5
    for name in ("SMSCORE_RATE", "SMSCORE_BATCH_SIZE", "SMSCORE_REGION", "SMSCORE_TIMEZONE", "SMSCORE_BASE_URL"):
        assert sum(name in sentence for sentence in told) == 1


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("api_key", "two words"),
        ("api_key", "line\nbreak"),
        ("api_key", "ключ"),
        ("base_url", "ftp://api.example.com"),
        ("base_url", "https://user:pass@api.example.com"),
        ("base_url", "https://api.example.com/?key=1"),
        ("base_url", "https://"),
        ("base_url", "https://api.example.com:port"),
        ("base_url", "http://127.0.0.1.example.com"),
        ("database_url", "mysql://localhost/x"),
        ("database_url", "data/smscore.db"),
        ("role", "boss"),
        ("rate", "0"),
        ("rate", "nan"),
        ("rate", "inf"),
        ("batch_size", "0"),
        ("batch_size", "1.5"),
        ("webhook_token", "short"),
        ("price", "-1"),
        ("price", "NaN"),
        ("currency", "rupees"),
        ("connections", "65"),
        ("same_list_hours", "a day"),
    ],
)
def test_a_bad_value_is_one_sentence_naming_the_setting(load, name, bad):
    (sentence,) = faults(load, **{name: bad})
    assert sentence.startswith(f"SMSCORE_{name.upper()} must ")


@pytest.mark.parametrize(
    "good",
    [
        "https://sms.example.com",
        "https://sms.example.com/",
        "http://127.0.0.1:9000",
        "http://localhost:1",
        "http://[::1]:80",
    ],
)
def test_base_urls_that_are_taken(load, good):
    assert load(base_url=good).base_url == good.rstrip("/")


def test_a_misspelt_setting_is_told(load):
    assert "SMSCORE_API_KEY" in faults(load, apikey=KEY)[0]
    assert "SMSCORE_RATE" in faults(load, "[smscore]\nrat = 3\n")[0]


def test_a_broken_file_is_told_with_the_other_faults(load):
    told = faults(load, "[smscore\n", api_kye=KEY)
    assert len(told) == 2 and any("TOML" in sentence for sentence in told)
    assert "[smscore]" in faults(load, 'smscore = "x"\n')[0]


def test_a_file_that_is_not_text_is_told(tmp_path):
    path = tmp_path / "secrets.toml"
    path.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(SettingsError, match="isn't valid TOML"):
        load_settings({}, path)


def test_secrets_are_never_shown(load):
    url = "postgresql+psycopg://desk:pg-canary@db.example.com/sms"
    settings = load(api_key=KEY, webhook_token=TOKEN, database_url=url)
    shown = [repr(settings), str(settings), f"{settings}", settings.model_dump_json(), str(settings.model_dump())]
    shown += [settings.database_shown, repr(copy.deepcopy(settings)), repr(settings.api_key), f"{settings.api_key}"]
    shown += [pickle.dumps(settings, protocol).decode("latin-1") for protocol in range(2, 6)]
    for text in shown:
        assert KEY not in text and TOKEN not in text and "pg-canary" not in text
    assert settings.database_shown == "PostgreSQL on db.example.com/sms"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///data/desk.db",
        "sqlite:////var/lib/desk.db",
        "sqlite:///a%20b.db?timeout=5",
        "sqlite://",
        "postgresql://owner:word@host/desk",
        "postgresql+psycopg://host/sqlite",
    ],
)
def test_the_file_of_the_database_is_the_one_that_the_store_opens(load, url):
    assert load(database_url=url).database_file == get_sqlite_file(url)


def test_a_pickled_copy_stays_live_and_gives_no_key_away(load):
    copied = pickle.loads(pickle.dumps(load(api_key=KEY)))
    assert copied.live and copied.region == "IN"
    with pytest.raises(SettingsError, match="copy of the settings"):
        copied.api_key.get_secret_value()


def test_a_deep_copy_in_this_process_still_works(load):
    assert copy.deepcopy(load(api_key=KEY)).api_key.get_secret_value() == KEY


def test_faults_never_show_a_secret(load):
    told = " ".join(
        faults(load, api_key=f"{KEY} x", webhook_token="tok canary", database_url="mysql://u:pw-canary@h/d")
    )
    assert KEY not in told and "canary" not in told


def test_the_error_survives_a_pickle(load):
    with pytest.raises(SettingsError) as caught:
        load(rate="fast")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert str(caught.value).startswith("SMS Desk can't start: SMSCORE_RATE must be a number")


def test_settings_are_frozen(load):
    settings = load()
    with pytest.raises(ValidationError):
        settings.rate = 1


def test_every_setting_is_shown_and_has_its_sentences(load):
    for name in NAMES:
        assert {f"about_{name}", f"setting_{name}"} <= set(SENTENCES)
    desk = open_desk(load(database_url="sqlite://"))
    try:
        assert {view.source for view in desk.list_settings()} == {f"SMSCORE_{name}".upper() for name in NAMES}
    finally:
        desk.close()


def test_the_example_file_names_every_setting_and_reads(tmp_path):
    text = (ROOT / ".streamlit/secrets.toml.example").read_text()
    uncommented = text.replace('# api_key = "..."', '# api_key = "abc"').replace(
        'token = "..."', 'token = "0123456789abcdef"'
    )
    uncommented = uncommented.replace('cookie_secret = "..."', 'cookie_secret = "0123456789abcdef0123456789abcdef"')
    uncommented = "\n".join(
        line[2:] if line.startswith("# ") and (" = " in line or line.startswith("# [")) else line
        for line in uncommented.splitlines()
    )
    assert set(tomllib.loads(uncommented)["smscore"]) == set(NAMES)
    (tmp_path / "s.toml").write_text(uncommented)
    settings = load_settings({}, tmp_path / "s.toml")
    assert settings.live and settings.sign_in.origin == "https://desk.example.com"
