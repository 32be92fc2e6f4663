"""An app's door: keeps what it gets, and answers as it is told to."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any
from urllib.parse import parse_qs


class AppDoor(ThreadingHTTPServer):
    """Where an app would answer: keeps every request, answers 200 with `answers[kind]`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.got: Queue[dict[str, Any]] = Queue()
        self.answers: dict[str, Any] = {}

    def next(self, kind: str) -> dict[str, Any]:
        """The next request of that kind; those before it are passed over."""
        while True:
            request = self.got.get(timeout=60)
            if request["kind"] == kind:
                return request

    def kinds(self) -> list[str]:
        """What came and has not been taken yet."""
        return [request["kind"] for request in list(self.got.queue)]


class _Door(BaseHTTPRequestHandler):
    server: AppDoor  # pyright: ignore[reportIncompatibleVariableOverride]  # the one that makes it

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        request = _parse(raw)
        self.server.got.put(request | {"path": self.path, "headers": dict(self.headers)})
        answer = self.server.answers.get(request["kind"])
        body = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its own name for it
        """Says nothing: the requests are kept, not printed."""


def _parse(raw: bytes) -> dict[str, Any]:
    if raw.startswith(b"{"):
        body = json.loads(raw)
        inner = body.get("event", body) if body.get("type") == "event_callback" else body
        return {"kind": inner["type"], "body": inner}
    form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
    if "payload" in form:
        payload = json.loads(form["payload"])
        return {"kind": payload["type"], "body": payload}
    return {"kind": "command", "body": form}
