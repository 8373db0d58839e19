"""Who looks at the pages, when sign-in is set up: whether they may enter, their name, and the ways in and out."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.user_info import generate_login_redirect_url

import smscore
from pages.server import identity
from smscore import DeskError, Entry, Settings, SettingsError, read_address


def load_settings() -> Settings | None:
    """Return the settings, or None while they are wrong."""
    try:
        return smscore.load_settings()
    except SettingsError:
        return None


def must_sign_in() -> bool:
    """Tell whether sign-in is set up."""
    return identity.is_sign_in_on(load_settings())


def get_entry() -> Entry:
    """Return whether this visitor may enter, and why not. Without sign-in everybody may; with wrong settings nobody."""
    now = load_settings()
    if not identity.is_sign_in_on(now):
        return Entry.ENTERED
    return identity.decide_entry(st.user.to_dict(), now.entry_rules) if now else Entry.SIGNED_OUT


def get_name() -> str:
    """Return the e-mail address under which this visitor acts. Raises DeskError when they may not enter."""
    if get_entry() is not Entry.ENTERED:
        raise DeskError("not_signed_in")
    return read_address(st.user.to_dict())


def get_claimed_name() -> str:
    """Return whom the identity provider takes this visitor for, to be shown to them."""
    return read_address(st.user.to_dict()) or str(st.user.get("name") or st.user.get("sub") or "unknown")[:120]


def count_minutes_left() -> float:
    """Return for how many minutes this sign-in still lasts; infinity without sign-in."""
    now = load_settings()
    if now is None or not identity.is_sign_in_on(now):
        return float("inf")
    return (now.entry_rules.compute_end(st.user.to_dict()) - time.time()) / 60


def sign_in(page: str) -> None:
    """Send the browser to the identity provider, and from there to the page `page`.

    `st.login` does the same, but always comes back to the first page.
    """
    send_browser_to(f"{generate_login_redirect_url('default')}&page={page}")


def send_browser_to(url: str) -> None:
    """Have the browser load `url` in the place of this tab."""
    message = ForwardMsg()
    message.auth_redirect.url = url
    if context := get_script_run_ctx():
        context.enqueue(message)


def sign_out() -> None:
    """End this sign-in in all tabs, and send the browser to the identity provider to end it there."""
    identity.sign_out(st.user.to_dict())
    st.logout()
