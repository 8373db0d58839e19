"""Sign-ins that were ended, remembered across restarts: Streamlit's cookie goes on being valid for 30 days.

Each is an empty file in the desk's state folder, named by a fingerprint of the sign-in. So processes that share the
folder know of each other's without a lock, and nothing in it lets anybody sign in.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import smscore

KEPT_SECONDS = 31 * 86_400.0
"""After this long a cookie is too old for Streamlit too."""
log = logging.getLogger("smsdesk")
_remembered: set[str] = set()


def remember(fingerprint: str, state_dir: Path | None) -> None:
    """Note that a sign-in has ended: in this process at once, and in the state folder for those that follow."""
    _remembered.add(fingerprint)
    if state_dir is None:
        return
    folder = _get_folder(state_dir)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _drop_old(folder)
        _write_name(folder, fingerprint)
    except OSError as fault:
        log.error("A sign-out is forgotten when SMS Desk restarts: %s cannot be written: %s", folder, fault.strerror)


def is_remembered(fingerprint: str, state_dir: Path | None) -> bool:
    """Tell whether a sign-in has ended, here or in another process of this desk."""
    if fingerprint in _remembered:
        return True
    return state_dir is not None and (_get_folder(state_dir) / fingerprint).exists()


def _get_folder(state_dir: Path) -> Path:
    return state_dir / "signed-out"


def _write_name(folder: Path, fingerprint: str) -> None:
    os.close(os.open(folder / fingerprint, os.O_WRONLY | os.O_CREAT, 0o600))
    # The name is all there is, so the folder is what must reach the disk.
    smscore.flush_folder(folder)


def _drop_old(folder: Path) -> None:
    for each in folder.iterdir():
        if each.stat().st_mtime < time.time() - KEPT_SECONDS:
            each.unlink(missing_ok=True)
