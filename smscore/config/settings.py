"""What can be set, what each value must look like, and what follows from it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from smscore.sign_in import EntryRules, SignIn, normalise_address, normalise_domain
from smscore.urls import is_safe_url

from .secret import Secret

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


def _check_base_url(text: str) -> str:
    url = text.strip().rstrip("/")
    if not is_safe_url(url):
        raise ValueError("base_url")
    return urlsplit(url).geturl()


def _check_database_url(url: Secret) -> Secret:
    if not re.fullmatch(r"(sqlite:///.+|sqlite://|postgresql(\+psycopg)?://.+)", url.get_secret_value()):
        raise ValueError("database_url")
    return url


def _check_printable(secret: Secret) -> Secret:
    if not _TOKEN_FORM.fullmatch(secret.get_secret_value()):
        raise ValueError("not printable")
    return secret


def _check_token(secret: Secret) -> Secret:
    if len(secret) < 16:
        raise ValueError("too short")
    return _check_printable(secret)


def _check_region(code: str) -> str:
    if code.upper() not in SUPPORTED_REGIONS:
        raise ValueError("region")
    return code.upper()


@cache
def _list_timezones() -> set[str]:
    # Finding them looks at hundreds of files, and the settings are read six times for each drawing of a page.
    return available_timezones()


def _check_timezone(name: str) -> str:
    if name not in _list_timezones():
        raise ValueError("timezone")
    return name


def _make_absolute(folder: Path) -> Path:
    return folder.expanduser().resolve()


def _find_state_dir() -> Path:
    """Return the user's folder for what programs keep between runs (XDG Base Directory Specification).

    Not that of the data: a copy of the data folder that is put back must not bring the journal back with it.
    """
    kept = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(kept) if kept else Path("~/.local/state")) / "smsdesk"


def _strip(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _split_list(value: object) -> object:
    return [part for part in re.split(r"[,;\s]+", value) if part] if isinstance(value, str) else value


def _build_list_check(normal: Callable[[str], str]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Make a validator that puts every text into its normal form and refuses those that have none."""

    def check(texts: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(normal(text) for text in texts)
        if not all(found):
            raise ValueError("not understood")
        return found

    return check


Stripped = BeforeValidator(_strip)
Split = BeforeValidator(_split_list)
Addresses = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_split_list), AfterValidator(_build_list_check(normalise_address))
]
Domains = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_split_list), AfterValidator(_build_list_check(normalise_domain))
]


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

    api_key: Annotated[Secret, Stripped, AfterValidator(_check_printable)] | None = None
    base_url: Annotated[str, AfterValidator(_check_base_url)] = PROVIDER_URL
    database: Annotated[Secret, Stripped, AfterValidator(_check_database_url)] = Field(
        default=Secret(SQLITE_URL), validation_alias="database_url"
    )
    role: Annotated[Role, Stripped] = Role.ALL
    region: Annotated[str, Stripped, AfterValidator(_check_region)] = "IN"
    rate: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] = 100.0
    batch_size: Annotated[int, Field(ge=1, le=1_000)] = 100
    timezone: Annotated[str, Stripped, AfterValidator(_check_timezone)] = "Asia/Kolkata"
    webhook_token: Annotated[Secret, Stripped, AfterValidator(_check_token)] | None = None
    price: Annotated[Decimal, Field(ge=0, le=1_000, allow_inf_nan=False)] | None = None
    currency: Annotated[str, Stripped, Field(pattern=r"^[A-Z]{3}$")] = "INR"
    connections: Annotated[int, Field(ge=1, le=64)] = 8
    same_list_hours: Annotated[float, Field(ge=0, le=24 * 366, allow_inf_nan=False)] = 24.0
    state_dir: Annotated[Path, Stripped, AfterValidator(_make_absolute)] = Field(
        default_factory=lambda: _find_state_dir()
    )
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
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return only what `load_settings` hands over, so that nothing else around can change a setting."""
        return (init_settings,)


NAMES = tuple(str(field.validation_alias or name) for name, field in Settings.model_fields.items() if name != "sign_in")
