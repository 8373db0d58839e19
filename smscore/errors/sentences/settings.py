"""What each setting means, and what is wrong with one."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # what the settings mean
    "about_api_key": (
        "The provider's key. With a key, messages are sent for real. Without one, they stay in the sandbox.",
        "",
    ),
    "about_base_url": ("The address of the provider's API.", ""),
    "about_database_url": ("Where campaigns are stored.", ""),
    "about_role": ("What this process does: all, web (pages only) or worker (sending only).", ""),
    "about_region": ("The country of numbers written without a country code.", ""),
    "about_rate": ("The highest sending speed, across all campaigns and workers.", ""),
    "about_batch_size": ("How many recipients of the same text go into one call.", ""),
    "about_connections": ("How many calls one process makes at the same time.", ""),
    "about_same_list_hours": (
        "How long SMS Desk remembers a message and asks before it goes to mostly the same people again.",
        "",
    ),
    "about_state_dir": ("The folder for the journal of sent messages. It must be outside the data folder.", ""),
    "about_timezone": ("The time zone for showing and scheduling times.", ""),
    "about_price": ("The price per segment, for cost estimates.", ""),
    "about_currency": ("The currency of the price.", ""),
    "about_webhook_token": (
        "The token the provider must send with delivery reports. Without a token, no reports are accepted.",
        "",
    ),
    "about_administrators": ("Who always has access when sign-in is set up, and whom others ask for it.", ""),
    "about_allowed_addresses": ("Who else has access, by email address.", ""),
    "about_allowed_domains": ("Who else has access, by the domain of their email address.", ""),
    "about_sign_in_hours": (
        "How long a sign-in lasts. Not set: until the provider's token expires, at most 8 hours.",
        "",
    ),
    "about_behind": ("What keeps strangers out when sign-in isn't set up.", ""),
    # settings
    "bad_settings": ("SMS Desk can't start: {faults}", "Fix these settings and start it again."),
    "unknown_setting": ("{name} isn't a setting. Did you mean {meant}?", "Correct the name."),
    "secrets_not_toml": ("{path} isn't valid TOML, so none of its settings were read.", "Fix the file."),
    "secrets_unreadable": ("{path} can't be read ({cause}).", "Fix its permissions."),
    "secrets_not_table": ("In {path}, smscore must be a table: [smscore].", "Fix the file."),
    "secret_left_behind": ("This copy of the settings doesn't contain secrets.", "Load the settings in this process."),
    "setting_api_key": ("{name} must be one line of letters, digits and symbols, without spaces.", ""),
    "setting_base_url": (
        "{name} must be an address such as https://api.example.com: https, or http on this computer only, without a "
        "user name, question mark or #.",
        "",
    ),
    "setting_database_url": ("{name} must begin with sqlite:/// or postgresql+psycopg://.", ""),
    "setting_role": ("{name} must be all, web or worker.", ""),
    "setting_region": ("{name} must be a country's two letters, such as IN.", ""),
    "setting_rate": ("{name} must be a number of messages per second, above 0 and at most 10,000.", ""),
    "setting_batch_size": ("{name} must be a whole number of recipients per call, from 1 to 1,000.", ""),
    "setting_timezone": ("{name} must be the name of a time zone, such as Asia/Kolkata.", ""),
    "setting_webhook_token": ("{name} must have at least 16 letters, digits and symbols, without spaces.", ""),
    "setting_price": ("{name} must be a price per segment from 0 to 1,000, such as 0.18.", ""),
    "setting_currency": ("{name} must be a currency's three capital letters, such as INR.", ""),
    "setting_same_list_hours": ("{name} must be a number of hours from 0 to 8,784.", ""),
    "setting_state_dir": ("{name} must be a folder.", ""),
    "setting_connections": ("{name} must be a whole number of simultaneous calls, from 1 to 64.", ""),
    "setting_administrators": ("{name} must be email addresses, separated by commas.", ""),
    "setting_allowed_addresses": ("{name} must be email addresses, separated by commas.", ""),
    "setting_allowed_domains": ("{name} must be domains such as example.com, separated by commas.", ""),
    "setting_sign_in_hours": ("{name} must be a number of hours, above 0 and at most 744.", ""),
    "setting_behind": ("{name} must be proxy or loopback-port.", ""),
    # sign-in
    "auth_not_table": ("In the secrets file, auth must be a table: [auth].", ""),
    "auth_redirect_uri": (
        "[auth] redirect_uri must be the address of SMS Desk that ends in /oauth2callback, such as "
        "https://desk.example.com/oauth2callback: https, or http on this computer only.",
        "",
    ),
    "auth_cookie_secret": ("[auth] cookie_secret must be at least 32 random characters.", ""),
    "auth_client_id": ("[auth] client_id must be the client ID from your identity provider.", ""),
    "auth_client_secret": ("[auth] client_secret must be the client secret from your identity provider.", ""),
    "auth_server_metadata_url": (
        "[auth] server_metadata_url must be the address of your own tenant that ends in "
        "/.well-known/openid-configuration: https, or http on this computer only, and not one shared by many tenants.",
        "",
    ),
    "auth_client_kwargs": ('[auth] client_kwargs must be a table whose scope names "openid email".', ""),
    "unknown_auth_setting": ("[auth] {name} isn't a setting. Did you mean {meant}?", "Correct the name."),
    "no_administrator": ("Sign-in is set up, but SMSCORE_ADMINISTRATORS is empty. Add at least one email address.", ""),
    "allow_list_without_sign_in": (
        "{name} limits who has access, but sign-in isn't set up. Add the table [auth] to .streamlit/secrets.toml.",
        "",
    ),
    "sign_in_not_installed": (
        "Sign-in is set up, but Authlib {floor} or newer isn't installed. Run pip install -r requirements.txt.",
        "",
    ),
    "host_not_allowed": (
        "[auth] redirect_uri uses {host}, which is missing from server.allowedHosts in .streamlit/config.toml. Add it "
        "there.",
        "",
    ),
    "live_without_sign_in": (
        "SMSCORE_API_KEY is set and others can reach {address}, but nobody has to sign in. Set up sign-in ([auth] in "
        ".streamlit/secrets.toml), listen on 127.0.0.1, or set SMSCORE_BEHIND=proxy if a proxy signs people in.",
        "",
    ),
    "not_signed_in": ("You're no longer signed in. Nothing was done.", "Sign in, then try again."),
    "base_path": (
        "server.baseUrlPath is set, but SMS Desk works only at the top of an address. Remove it, and give SMS Desk a "
        "host name of its own, such as desk.example.com.",
        "",
    ),
    "too_many_visitors": (
        "SMS Desk is busy: too many visitors who aren't signed in have it open.",
        "Sign in, or wait: this page tries again every {seconds} seconds.",
    ),
    "too_many_tabs": (
        "SMS Desk is busy: the limit of {limit} open tabs is reached.",
        "Close tabs you no longer need. This page tries again every {seconds} seconds.",
    ),
}
