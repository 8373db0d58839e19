"""The way from the environment and the secrets file to settings, and a sentence for every fault on it."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, TomlConfigSettingsSource

from smscore.errors import SettingsError, explain
from smscore.sign_in import read_sign_in

from .settings import NAMES, Settings

PREFIX = "SMSCORE_"
SECRETS_PATH = Path(".streamlit/secrets.toml")


def child_environment() -> dict[str, str]:
    """Return this process's environment for a program that it starts, without our own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


class Faults(tuple[str, ...]):
    """Sentences, one a fault; as a text they follow one another."""

    def __str__(self) -> str:
        return " ".join(self)


def load_settings(environ: Mapping[str, str] | None = None, secrets_path: Path | str | None = None) -> Settings:
    """Return the settings of this process.

    They come from `environ` (default: its own) over `secrets_path` (default: `.streamlit/secrets.toml`).

    Raises SettingsError("bad_settings") whose `facts["faults"]` holds one sentence a fault: all of them at once, and
    never the value of a secret.
    """
    environ = os.environ if environ is None else environ
    faults = list(_find_misspelt(environ))
    sign_in = None
    try:
        tables = _read_secrets(SECRETS_PATH if secrets_path is None else Path(secrets_path))
        sign_in, more = read_sign_in(tables.get("auth"))
        faults.extend(more)
        settings = Settings(**_get_file_settings(tables) | _read_environment(environ) | {"sign_in": sign_in})
    except SettingsError as error:
        faults.append(error.sentence)
    except ValidationError as error:
        faults.extend(_explain_faults(error))
    if not faults and sign_in and not settings.administrators:
        faults.append(explain("no_administrator").sentence)
    if faults:
        raise SettingsError("bad_settings", faults=Faults(faults))
    return settings


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    source = EnvSettingsSource(Settings, env_prefix=PREFIX, env_prefix_target="all")
    source.env_vars = {name.lower(): text for name, text in environ.items() if text.strip()}
    source.env_vars.pop(f"{PREFIX}sign_in".lower(), None)  # only the table [auth] sets it up
    return source()


def _read_secrets(path: Path) -> Mapping[str, Any]:
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


def _get_file_settings(tables: Mapping[str, Any]) -> dict[str, Any]:
    found = {name.lower(): value for name, value in tables.get("smscore", {}).items() if value != ""}
    # Only the table [auth] sets it up; under another name the check of names refuses it.
    return {("sign-in" if name == "sign_in" else name): value for name, value in found.items()}


def _find_misspelt(environ: Mapping[str, str]) -> Iterator[str]:
    known = [f"{PREFIX}{name}".upper() for name in NAMES]
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            for meant in difflib.get_close_matches(name, known, n=1, cutoff=0.85):
                yield explain("unknown_setting", name=name, meant=meant).sentence


def _explain_faults(error: ValidationError) -> Iterator[str]:
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
