"""What stands between the network and the pages: who may enter, from where, and how much may be uploaded.

`app.py` puts the middleware of these modules in front of Streamlit, outermost first: `startup` (where a desk may
listen), `origin_guard` (which web pages may call), `tab_limit` (how many tabs stay open), `sign_in_guard` (who may
enter) and `upload_guard` (how much comes in). `request_paths`, `identity` and its `sign_outs` are what they share;
`sheet_memory` bounds what sessions hold. Pages ask `identity` who is there, and tell `upload_guard` when they show a
file chooser.
"""
