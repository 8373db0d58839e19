"""Who may enter: the `[auth]` table as it is checked, and the decision about a visitor."""

from __future__ import annotations

from pathlib import Path

import pytest

from smscore.config import Behind, load_settings
from smscore.errors import SettingsError
from smscore.sign_in import Entry, EntryRules

NOW = 1_800_000_000.0
AUTH = {
    "redirect_uri": "https://desk.example.com/oauth2callback",
    "cookie_secret": "c00kie-canary-0123456789abcdefghijk",
    "client_id": "desk",
    "client_secret": "client-canary",
    "server_metadata_url": "https://id.example.com/.well-known/openid-configuration",
}
RULES = EntryRules(("boss@example.com",), ("ann@partner.example",), ("example.com",))


def claims(**changes: object) -> dict[str, object]:
    """What the identity provider says of somebody who may enter."""
    said = {"is_logged_in": True, "email": "ann@example.com", "iat": NOW - 60, "exp": NOW + 3600}
    return said | {"email_verified": True} | changes


def load(tmp_path: Path, auth: dict[str, object] | None = None, **environ: str):
    """The settings with an `[auth]` table, and somebody who may enter unless `environ` says otherwise."""
    lines = [f"{name} = {value!r}" for name, value in (AUTH if auth is None else auth).items() if value is not None]
    (tmp_path / "secrets.toml").write_text("\n".join(["[auth]", *lines]))
    environ = {"ADMINISTRATORS": "boss@example.com"} | environ
    return load_settings({f"SMSCORE_{name}": text for name, text in environ.items()}, tmp_path / "secrets.toml")


def faults(tmp_path: Path, auth: dict[str, object] | None = None, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, auth, **environ)
    return caught.value.facts["faults"]


def test_sign_in_that_is_set_up_is_read(tmp_path):
    settings = load(tmp_path, ALLOWED_ADDRESSES="Ann@Partner.example; bo@x.in", ALLOWED_DOMAINS="@Example.com")
    assert settings.sign_in.origin == "https://desk.example.com"
    assert settings.entry_rules == EntryRules(
        ("boss@example.com",), ("ann@partner.example", "bo@x.in"), ("example.com",), None
    )


def test_without_the_table_there_is_no_sign_in(tmp_path):
    assert load_settings({}, tmp_path / "none").sign_in is None


def test_lists_may_be_written_in_the_file(tmp_path):
    (tmp_path / "s.toml").write_text('[smscore]\nadministrators = ["A@b.example"]\nbehind = "proxy"\n')
    settings = load_settings({}, tmp_path / "s.toml")
    assert settings.administrators == ("a@b.example",) and settings.behind is Behind.PROXY


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("redirect_uri", None),
        ("redirect_uri", "https://desk.example.com/"),
        ("redirect_uri", "http://desk.example.com/oauth2callback"),
        ("redirect_uri", "https://desk.example.com/oauth2callback?a=1"),
        ("cookie_secret", None),
        ("cookie_secret", "short"),
        ("cookie_secret", "a" * 40),
        ("client_id", ""),
        ("client_secret", None),
        ("server_metadata_url", "http://id.example.com/.well-known/openid-configuration"),
        ("server_metadata_url", "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration"),
        ("client_kwargs", "openid"),
    ],
)
def test_a_fault_in_the_table_is_one_sentence(tmp_path, name, bad):
    (sentence,) = faults(tmp_path, AUTH | {name: bad})
    assert sentence.startswith(f"[auth] {name} must ")
    assert "canary" not in sentence


def test_all_faults_are_told_at_once_with_those_of_other_settings(tmp_path):
    told = faults(tmp_path, {"client_idd": "desk"}, RATE="fast", ALLOWED_DOMAINS="https://example.com/")
    assert len(told) == 8 and any("client_id?" in sentence for sentence in told)


def test_nobody_named_is_a_fault(tmp_path):
    assert "SMSCORE_ADMINISTRATORS" in faults(tmp_path, ADMINISTRATORS="")[0]


@pytest.mark.parametrize(
    ("name", "bad"),
    [("ADMINISTRATORS", "boss"), ("ALLOWED_ADDRESSES", "a@b@c.in"), ("ALLOWED_DOMAINS", "*.example.com")]
    + [("SIGN_IN_HOURS", "0"), ("SIGN_IN_HOURS", "nan"), ("BEHIND", "nothing"), ("ALLOWED_DOMAINS", "com")],
)
def test_a_bad_value_is_one_sentence(tmp_path, name, bad):
    (sentence,) = faults(tmp_path, **{name: bad})
    assert sentence.startswith(f"SMSCORE_{name} must ")


def test_sign_in_is_set_up_in_its_table_only(tmp_path):
    (tmp_path / "s.toml").write_text('[smscore.sign_in]\norigin = "https://evil.example"\n')
    with pytest.raises(SettingsError):
        load_settings({}, tmp_path / "s.toml")
    assert load_settings({"SMSCORE_SIGN_IN": '{"origin": "https://evil.example"}'}, tmp_path / "none").sign_in is None


@pytest.mark.parametrize(
    ("changes", "entry"),
    [
        ({}, Entry.ENTERED),
        ({"email": " Ann@Example.COM "}, Entry.ENTERED),
        ({"email": "ann@partner.example"}, Entry.ENTERED),
        ({"email": "bo@partner.example"}, Entry.NOT_LISTED),
        ({"email": "ann@sub.example.com"}, Entry.NOT_LISTED),
        ({"email": "ann@example.com.evil.example"}, Entry.NOT_LISTED),
        ({"email": "ann@evilexample.com"}, Entry.NOT_LISTED),
        ({"email": '"ann@evil"@example.com'}, Entry.UNVERIFIED),
        ({"email": "ann@ex\u0430mple.com"}, Entry.NOT_LISTED),
        ({"email": ["ann@example.com"]}, Entry.UNVERIFIED),
        ({"email": None, "preferred_username": "ann@example.com"}, Entry.UNVERIFIED),
        ({"email_verified": False}, Entry.UNVERIFIED),
        ({"email_verified": "false"}, Entry.UNVERIFIED),
        ({"is_logged_in": False}, Entry.SIGNED_OUT),
        ({"is_logged_in": "yes"}, Entry.SIGNED_OUT),
        ({"exp": NOW}, Entry.EXPIRED),
        ({"exp": NOW + 1}, Entry.ENTERED),
        ({"exp": None}, Entry.EXPIRED),
        ({"exp": True}, Entry.EXPIRED),
        ({"exp": "2099"}, Entry.EXPIRED),
        ({"iat": None}, Entry.EXPIRED),
        ({"iat": NOW - 8 * 3600, "exp": NOW + 1e9}, Entry.EXPIRED),
    ],
)
def test_who_may_enter(changes, entry):
    assert RULES.decide(claims(**changes), NOW) is entry


def test_a_provider_that_does_not_say_whether_it_verified_is_believed():
    said = claims()
    del said["email_verified"]
    assert RULES.decide(said, NOW) is Entry.ENTERED


def test_an_empty_list_lets_nobody_in_but_the_administrators():
    rules = EntryRules(("boss@example.com",))
    assert rules.decide(claims(), NOW) is Entry.NOT_LISTED
    assert rules.decide(claims(email="boss@example.com"), NOW) is Entry.ENTERED
    assert EntryRules().decide(claims(), NOW) is Entry.NOT_LISTED


def test_a_length_that_is_set_counts_instead_of_the_token():
    rules = EntryRules(domains=("example.com",), hours=2)
    assert rules.decide(claims(exp=NOW - 1), NOW) is Entry.ENTERED
    assert rules.decide(claims(iat=NOW - 7200, exp=NOW + 1e6), NOW) is Entry.EXPIRED


def test_signs_that_become_others_in_lower_case_stay_what_they_are():
    assert EntryRules(domains=("kk.example",)).decide(claims(email="a@\u212ak.example"), NOW) is Entry.NOT_LISTED
