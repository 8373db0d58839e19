"""The settings: from the environment and `.streamlit/secrets.toml`, checked all at once, frozen, secrets masked.

This is the only module that reads the environment. A setting `RATE` is written `SMSCORE_RATE` in the environment, or
`rate` in the table `[smscore]` of the secrets file; the environment wins. Nothing is required: with no setting at all
SMS Desk runs on the sandbox and an SQLite file.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict, TomlConfigSettingsSource

from smscore.errors import SettingsError, explain
from smscore.sign_in import EntryRules, SignIn, normal_address, normal_domain, read_sign_in
from smscore.urls import is_safe_url

PREFIX = "SMSCORE_"
SECRETS_PATH = Path(".streamlit/secrets.toml")
PROVIDER_URL = "https://api.aoc-portal.com"
SQLITE_URL = "sqlite:///data/smscore.db"
_TOKEN_FORM = re.compile(r"[!-~]+")


class Role(StrEnum):
    """What this process does: everything, the pages only (`web`), or the sending only (`worker`)."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


class Behind(StrEnum):
    """What keeps strangers away from a desk without sign-in of its own that listens on more than loopback."""

    PROXY = "proxy"
    LOOPBACK_PORT = "loopback-port"


class Secret(SecretStr):
    """A text that str, repr, JSON and pickle show as asterisks. Only `get_secret_value()` gives it away.

    A pickled copy keeps no value at all; reading that copy raises SettingsError("secret_left_behind").
    """

    def __reduce__(self):
        return _Masked, ("",)

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __copy__(self) -> Secret:
        return self


class _Masked(Secret):
    def get_secret_value(self) -> str:
        """A secret does not travel in a pickle, so there is nothing to give."""
        raise SettingsError("secret_left_behind")

    def __len__(self) -> int:
        return 1

    def __str__(self) -> str:
        return "**********"

    __repr__ = __str__


def _base_url(text: str) -> str:
    url = text.strip().rstrip("/")
    if not is_safe_url(url):
        raise ValueError("base_url")
    return urlsplit(url).geturl()


def _database_url(url: Secret) -> Secret:
    if not re.fullmatch(r"(sqlite:///.+|sqlite://|postgresql(\+psycopg)?://.+)", url.get_secret_value()):
        raise ValueError("database_url")
    return url


def _printable(secret: Secret) -> Secret:
    if not _TOKEN_FORM.fullmatch(secret.get_secret_value()):
        raise ValueError("not printable")
    return secret


def _long_enough(secret: Secret) -> Secret:
    if len(secret) < 16:
        raise ValueError("too short")
    return _printable(secret)


def _known_region(code: str) -> str:
    if code.upper() not in SUPPORTED_REGIONS:
        raise ValueError("region")
    return code.upper()


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("timezone")
    return name


def _absolute(folder: Path) -> Path:
    return folder.expanduser().resolve()


def _state_dir() -> Path:
    """The user's folder for what programs keep between runs (XDG Base Directory Specification), not that of the data:
    a copy of the data folder that is put back must not bring the journal back with it."""
    kept = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(kept) if kept else Path("~/.local/state")) / "smsdesk"


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _split(value: object) -> object:
    return [part for part in re.split(r"[,;\s]+", value) if part] if isinstance(value, str) else value


def _each(normal: Callable[[str], str]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Make a validator that puts every text into its normal form and refuses those that have none."""

    def check(texts: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(normal(text) for text in texts)
        if not all(found):
            raise ValueError("not understood")
        return found

    return check


Stripped = BeforeValidator(_stripped)
Addresses = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_each(normal_address))]
Domains = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_each(normal_domain))]


class Settings(BaseSettings):
    """Everything that is configured. Frozen; made by `load_settings`.

    rate: messages per second over all workers of one provider account · batch_size: recipients in one bulk call ·
    connections: calls under way at once in one process · price: money per segment in `currency`, None = not known ·
    webhook_token: what the provider must show when it reports deliveries, None = no callbacks are taken ·
    same_list_hours: how long the same text to the same people asks first · state_dir: where the journal of what was
    sent is kept, apart from the database · administrators, allowed_addresses,
    allowed_domains: who may enter when sign-in is set up · sign_in_hours: how long a sign-in lasts, None = as long as
    the identity provider's token · behind: what guards a desk without sign-in that others could reach ·
    sign_in: the checked `[auth]` table, None = there is none.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    api_key: Annotated[Secret, Stripped, AfterValidator(_printable)] | None = None
    base_url: Annotated[str, AfterValidator(_base_url)] = PROVIDER_URL
    database: Annotated[Secret, Stripped, AfterValidator(_database_url)] = Field(
        default=Secret(SQLITE_URL), validation_alias="database_url"
    )
    role: Annotated[Role, Stripped] = Role.ALL
    region: Annotated[str, Stripped, AfterValidator(_known_region)] = "IN"
    rate: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] = 100.0
    batch_size: Annotated[int, Field(ge=1, le=1_000)] = 100
    timezone: Annotated[str, Stripped, AfterValidator(_known_timezone)] = "Asia/Kolkata"
    webhook_token: Annotated[Secret, Stripped, AfterValidator(_long_enough)] | None = None
    price: Annotated[Decimal, Field(ge=0, le=1_000, allow_inf_nan=False)] | None = None
    currency: Annotated[str, Stripped, Field(pattern=r"^[A-Z]{3}$")] = "INR"
    connections: Annotated[int, Field(ge=1, le=64)] = 8
    same_list_hours: Annotated[float, Field(ge=0, le=24 * 366, allow_inf_nan=False)] = 24.0
    state_dir: Annotated[Path, Stripped, AfterValidator(_absolute)] = Field(default_factory=lambda: _state_dir())
    administrators: Addresses = ()
    allowed_addresses: Addresses = ()
    allowed_domains: Domains = ()
    sign_in_hours: Annotated[float, Field(gt=0, le=24 * 31, allow_inf_nan=False)] | None = None
    behind: Annotated[Behind, Stripped] | None = None
    sign_in: SignIn | None = None

    @property
    def live(self) -> bool:
        """True when an API key is set: messages go to the provider. False: they go to the sandbox."""
        return self.api_key is not None

    @property
    def entry_rules(self) -> EntryRules:
        """Who may enter, and for how long, when sign-in is set up."""
        return EntryRules(self.administrators, self.allowed_addresses, self.allowed_domains, self.sign_in_hours)

    @property
    def host(self) -> str:
        """The provider's host name, for the banner."""
        return urlsplit(self.base_url).netloc

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which times are shown and daily windows are kept."""
        return ZoneInfo(self.timezone)

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL as it was set. It may hold a password: never draw or log it (see `database_shown`)."""
        return self.database.get_secret_value()

    @property
    def database_file(self) -> Path | None:
        """The SQLite file that `database_url` names, absolute, whether it exists or not; None for PostgreSQL.

        Told without a database library, which takes longer to load than a small sheet takes to be read.
        """
        if not self.database_url.startswith("sqlite"):
            return None
        place, _, _query = self.database_url.removeprefix("sqlite://").removeprefix("/").partition("?")
        return Path(unquote(place) or "smscore.db").resolve()

    @property
    def database_place(self) -> str:
        """What tells databases apart, without user name and password: `sqlite:/srv/desk.db`."""
        if self.database_file is not None:
            return f"sqlite:{self.database_file}"
        url = urlsplit(self.database_url)
        return f"postgresql:{url.hostname or ''}:{url.port or ''}{url.path}?{url.query}"

    @property
    def database_shown(self) -> str:
        """The database as it may be drawn: `SQLite, data/smscore.db` or `PostgreSQL on host/name`, no password."""
        if self.database_url.startswith("sqlite"):
            return f"SQLite, {self.database_url.removeprefix('sqlite://').removeprefix('/') or 'in memory'}"
        url = urlsplit(self.database_url)
        return f"PostgreSQL on {url.hostname or 'this computer'}{url.path}"

    @classmethod
    def settings_customise_sources(cls, settings_cls, init_settings, **_others):
        """Only what `load_settings` hands over, so that nothing else in the surroundings can change a setting."""
        return (init_settings,)


NAMES = tuple(field.validation_alias or name for name, field in Settings.model_fields.items() if name != "sign_in")


def child_environment() -> dict[str, str]:
    """This process's environment for a program that it starts, without our own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


class Faults(tuple[str, ...]):
    """Sentences, one a fault; as a text they follow one another."""

    def __str__(self) -> str:
        return " ".join(self)


def load_settings(environ: Mapping[str, str] | None = None, secrets_path: Path | str | None = None) -> Settings:
    """The settings of this process, from `environ` (default: its own) over `secrets_path` (`.streamlit/secrets.toml`).

    Raises SettingsError("bad_settings") whose `facts["faults"]` holds one sentence a fault: all of them at once, and
    never the value of a secret.
    """
    environ = os.environ if environ is None else environ
    faults = list(_misspelt(environ))
    sign_in = None
    try:
        tables = _tables(SECRETS_PATH if secrets_path is None else Path(secrets_path))
        sign_in, more = read_sign_in(tables.get("auth"))
        faults.extend(more)
        settings = Settings(**_from_file(tables) | _from_environment(environ) | {"sign_in": sign_in})
    except SettingsError as error:
        faults.append(error.sentence)
    except ValidationError as error:
        faults.extend(_sentences(error))
    if not faults and sign_in and not settings.administrators:
        faults.append(explain("no_administrator").sentence)
    if faults:
        raise SettingsError("bad_settings", faults=Faults(faults))
    return settings


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    source = EnvSettingsSource(Settings, env_prefix=PREFIX, env_prefix_target="all")
    source.env_vars = {name.lower(): text for name, text in environ.items() if text.strip()}
    source.env_vars.pop(f"{PREFIX}sign_in".lower(), None)  # only the table [auth] sets it up
    return source()


def _tables(path: Path) -> Mapping[str, object]:
    """Read the secrets file; {} when there is none."""
    try:
        tables = TomlConfigSettingsSource(Settings, toml_file=path).toml_data
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise SettingsError("secrets_not_toml", path=path.name) from None
    except OSError as error:
        raise SettingsError("secrets_unreadable", path=path.name, cause=error.strerror) from None
    if not isinstance(tables.get("smscore", {}), dict):
        raise SettingsError("secrets_not_table", path=path.name)
    return tables


def _from_file(tables: Mapping[str, object]) -> dict[str, object]:
    found = {name.lower(): value for name, value in tables.get("smscore", {}).items() if value != ""}
    # Only the table [auth] sets it up; under another name the check of names refuses it.
    return {("sign-in" if name == "sign_in" else name): value for name, value in found.items()}


def _misspelt(environ: Mapping[str, str]) -> Iterator[str]:
    known = [f"{PREFIX}{name}".upper() for name in NAMES]
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            for meant in difflib.get_close_matches(name, known, n=1, cutoff=0.85):
                yield explain("unknown_setting", name=name, meant=meant).sentence


def _sentences(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(fault["loc"][0]).lower()
        if fault["type"] == "extra_forbidden":
            close = difflib.get_close_matches(name, NAMES, n=1)
            code, facts = (
                "unknown_setting",
                {"meant": f"{PREFIX}{close[0]}".upper() if close else "one of those in docs/operating.md"},
            )
        else:
            code, facts = f"setting_{name}", {}
        yield explain(code, name=f"{PREFIX}{name}".upper(), **facts).sentence
