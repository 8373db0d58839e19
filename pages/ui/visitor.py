"""Who looks at the pages, when sign-in is set up: whether they may enter, their name, and the ways in and out."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.user_info import generate_login_redirect_url

import smscore
from pages.server import identity
from smscore import DeskError, Entry, Settings, SettingsError, address_of


def settings() -> Settings | None:
    """Return the settings, or None while they are wrong."""
    try:
        return smscore.load_settings()
    except SettingsError:
        return None


def must_sign_in() -> bool:
    """Tell whether sign-in is set up."""
    return identity.sign_in_is_on(settings())


def entry() -> Entry:
    """Return whether this visitor may enter, and why not. Without sign-in everybody may; with wrong settings nobody."""
    now = settings()
    if not identity.sign_in_is_on(now):
        return Entry.ENTERED
    return identity.decide_entry(st.user.to_dict(), now.entry_rules) if now else Entry.SIGNED_OUT


def name() -> str:
    """Return the e-mail address under which this visitor acts. Raises DeskError when they may not enter."""
    if entry() is not Entry.ENTERED:
        raise DeskError("not_signed_in")
    return address_of(st.user.to_dict())


def claimed_name() -> str:
    """Return whom the identity provider takes this visitor for, to be shown to them."""
    return address_of(st.user.to_dict()) or str(st.user.get("name") or st.user.get("sub") or "unknown")[:120]


def minutes_left() -> float:
    """Return for how many minutes this sign-in still lasts; infinity without sign-in."""
    now = settings()
    if now is None or not identity.sign_in_is_on(now):
        return float("inf")
    return (now.entry_rules.end_of(st.user.to_dict()) - time.time()) / 60


def sign_in(page: str) -> None:
    """Send the browser to the identity provider, and from there to the page `page`.

    `st.login` does the same, but always comes back to the first page.
    """
    message = ForwardMsg()
    message.auth_redirect.url = f"{generate_login_redirect_url('default')}&page={page}"
    get_script_run_ctx().enqueue(message)


def sign_out() -> None:
    """End this sign-in in all tabs, and send the browser to the identity provider to end it there."""
    identity.sign_out(st.user.to_dict())
    st.logout()
