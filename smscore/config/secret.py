"""A secret value: used where it is needed, masked wherever it could be seen."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from smscore.errors import SettingsError


class Secret(SecretStr):
    """A text that str, repr, JSON and pickle show as asterisks. Only `get_secret_value()` gives it away.

    A pickled copy keeps no value at all; reading that copy raises SettingsError("secret_left_behind").
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _EmptySecret, ("",)

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __copy__(self) -> Secret:
        return self


class _EmptySecret(Secret):
    def get_secret_value(self) -> str:
        """A secret does not travel in a pickle, so there is nothing to give."""
        raise SettingsError("secret_left_behind")

    def __len__(self) -> int:
        return 1

    def __str__(self) -> str:
        return "**********"

    __repr__ = __str__
