"""Stand-ins for servers that are not ours: they speak the real protocol over real HTTP."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


class StandIn:
    """An HTTP server that records JSON requests and answers with `answer(path, body)`."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                path, _, query = self.path.partition("?")
                body = json.loads(self.rfile.read(size) or b"{}") or dict(parse_qsl(query))
                standin.requests.append((path, body))
                status, told = standin.answer(path, body)
                data = json.dumps(told, ensure_ascii=False).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                """Stay quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that hung up is part of the game."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        raise NotImplementedError

    @contextmanager
    def running(self) -> Iterator["StandIn"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)


class RasaStandIn(StandIn):
    """Rasa's REST channel: says `says`, after `delay` seconds and once `gate` is open."""

    def __init__(self) -> None:
        super().__init__()
        self.delay = 0.0
        self.gate = threading.Event()
        self.gate.set()
        self.status = 200
        self.says: list[dict[str, Any]] | None = None

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/status":
            return 200, {"model_file": "stand-in"}
        time.sleep(self.delay)
        self.gate.wait(20)
        said = [{"recipient_id": body["sender"], "text": f"听到：{body['message']}"}]
        return self.status, said if self.says is None else self.says

    @property
    def turns(self) -> list[str]:
        return [body["message"] for path, body in self.requests if path.endswith("webhook")]


class WeChatApiStandIn(StandIn):
    """WeChat's API server: gives tokens and takes customer-service messages."""

    def __init__(self) -> None:
        super().__init__()
        self.errcode = 0
        self.token_errcode = 0
        self.tokens = 0

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/sns/jscode2session":
            if not body["js_code"].startswith("code-of-"):
                return 200, {"errcode": 40029, "errmsg": "invalid code"}
            openid = body["js_code"].removeprefix("code-of-")
            openid, _, union_id = openid.partition("+")
            named = {"openid": openid, "session_key": "secret"}
            return 200, named | ({"unionid": union_id} if union_id else {})
        if path == "/wxa/business/getuserphonenumber":
            number = body["code"].removeprefix("phone-")
            if number == body["code"] or self.errcode:
                return 200, {"errcode": self.errcode or 40029, "errmsg": "invalid code"}
            return 200, {"errcode": 0, "errmsg": "ok", "phone_info": {"purePhoneNumber": number}}
        if path == "/cgi-bin/stable_token" and self.token_errcode:
            return 200, {"errcode": self.token_errcode, "errmsg": "no"}
        if path == "/cgi-bin/stable_token":
            self.tokens += 1
            return 200, {"access_token": f"token-{self.tokens}", "expires_in": 7200}
        return 200, {"errcode": self.errcode, "errmsg": "ok" if not self.errcode else "no"}

    @property
    def sent(self) -> list[str]:
        return [
            body["text"]["content"]
            for path, body in self.requests
            if path == "/cgi-bin/message/custom/send"
        ]
