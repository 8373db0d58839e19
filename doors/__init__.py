"""What stands between the network and the pages: who may enter, from where, and how much may be brought in.

Read in this order: paths, identity, origins, gate, uploads, start. `app.py` puts them in front of Streamlit; pages ask
`identity` who is there and tell `uploads` when they show a file chooser.
"""
