"""The settings: from the environment and `.streamlit/secrets.toml`, checked all at once, frozen, secrets masked.

This is the only package that reads the environment. A setting `RATE` is written `SMSCORE_RATE` in the environment, or
`rate` in the table `[smscore]` of the secrets file; the environment wins. Nothing is required: with no setting at all
SMS Desk runs on the sandbox and an SQLite file.
"""

from .loading import PREFIX, Faults, child_environment, load_settings
from .secret import Secret
from .settings import NAMES, PROVIDER_URL, Behind, Role, Settings

__all__ = [
    "NAMES",
    "PREFIX",
    "PROVIDER_URL",
    "Behind",
    "Faults",
    "Role",
    "Secret",
    "Settings",
    "child_environment",
    "load_settings",
]
