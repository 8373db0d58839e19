"""A browser tab without a browser: Streamlit's websocket spoken by hand, for what no browser would send."""

from __future__ import annotations

import re
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from websockets.sync.client import connect

from tests.server import Server

XSRF = generate_xsrf_token_string()


def signed_in(server: Server, person: str) -> str:
    """Sign in as a browser would, and return the `Cookie` header that it then sends."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with Tab(server) as tab:
        tab.draw()
        tab.press("sign_in")
        way_in = tab.until(lambda message: message.auth_redirect.url).auth_redirect.url
    form = browser.open(server.url + way_in)
    browser.open(form.url, data=urllib.parse.urlencode({"sub": person}).encode())
    return "; ".join(f"{each.name}={each.value}" for each in jar if each.name.startswith("_streamlit_user"))


class Tab:
    """One open tab. `widgets` maps the key of each widget drawn so far to its id; `session` is one to be taken up."""

    def __init__(self, server: Server, cookie: str = "", session: str = "", **headers: str) -> None:
        cookies = "; ".join(filter(None, [f"_streamlit_xsrf={XSRF}", cookie]))
        self.socket = connect(
            f"ws://127.0.0.1:{server.port}/_stcore/stream",
            origin=headers.pop("origin", server.url),
            subprotocols=["streamlit", XSRF, *([session] if session else [])],
            additional_headers={"Cookie": cookies} | headers,
            max_size=None,
        )
        self.widgets: dict[str, str] = {}
        self.words: list[str] = []
        self.session = ""

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, message: BackMsg) -> None:
        """Send a message as it is."""
        self.socket.send(message.SerializeToString())

    def draw(self, page: str = "") -> None:
        """Ask for the whole page, and read it to its end."""
        message = BackMsg()
        message.rerun_script.page_name = page
        self.send(message)
        self.finish()

    def press(self, key: str, **others: str) -> None:
        """Press the button `key`; `others` are texts written into widgets before."""
        message = BackMsg()
        pressed = message.rerun_script.widget_states.widgets.add(id=self.widgets[key])
        pressed.trigger_value = True
        for name, text in others.items():
            message.rerun_script.widget_states.widgets.add(id=self.widgets[name]).string_value = text
        self.send(message)

    def upload_place(self, wait: float = 5.0) -> str:
        """Ask where a file may be put, as a browser does when one is dropped; "" when nobody answers."""
        message = BackMsg()
        message.file_urls_request.request_id = "1"
        message.file_urls_request.file_names.append("people.csv")
        self.send(message)
        try:
            answer = self.until(lambda each: each.WhichOneof("type") == "file_urls_response", wait)
        except TimeoutError:
            return ""
        return answer.file_urls_response.file_urls[0].upload_url

    def drop(self, page: str, key: str, place: str, size: int) -> None:
        """Say that the file at `place` was dropped into the chooser `key`, and read the page that comes of it."""
        message = BackMsg()
        message.rerun_script.page_name = page
        chosen = message.rerun_script.widget_states.widgets.add(id=self.widgets[key])
        file = chosen.file_uploader_state_value.uploaded_file_info.add(name="people.csv", size=size)
        file.file_id = place.rpartition("/")[2]
        file.file_urls.file_id, file.file_urls.upload_url, file.file_urls.delete_url = file.file_id, place, place
        self.send(message)
        self.finish()

    def until(self, fits, wait: float = 30.0) -> ForwardMsg:
        """Read messages until one fits, and return it."""
        while True:
            message = ForwardMsg()
            message.ParseFromString(self.socket.recv(timeout=wait))
            self._note(message)
            if fits(message):
                return message

    def finish(self) -> None:
        """Read until the page is drawn."""
        self.until(lambda message: message.WhichOneof("type") == "script_finished")

    def _note(self, message: ForwardMsg) -> None:
        text = message.SerializeToString().decode("latin-1")
        for found in re.finditer(
            r"\$\$ID-[0-9a-f]+-(FormSubmitter:sender_form-Add sender|bulk_file_[0-9a-f]{32}|[a-z_]+)", text
        ):
            key = "add_sender" if found[1].startswith("Form") else re.sub("_[0-9a-f]{32}$", "", found[1])
            self.widgets[key] = found[0]
        if message.WhichOneof("type") == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
        self.words.append(text)


def is_refused(server: Server, cookie: str = "", **headers: str) -> bool:
    """Tell whether a websocket with these headers is refused."""
    try:
        Tab(server, cookie, **headers).socket.close()
    except websockets.exceptions.InvalidStatus as refused:
        assert refused.response.status_code in (400, 403)  # 400: the server itself refuses two host names at once
        return True
    return False
