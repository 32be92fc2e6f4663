"""A page elsewhere that wants a visitor's browser to do something to this app."""

import html
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final

_DONE: Final = "<script>const done = () => { document.title = 'done' }</script>"


@dataclass(frozen=True, slots=True)
class Attacker:
    """Serves what was published last at `/`, on its own port of the loopback address."""

    port: int
    published: dict[str, str] = field(default_factory=dict[str, str])

    def publish(self, page: str) -> None:
        self.published["/"] = page

    def redirect(self, url: str) -> None:
        """Answer `/` with a redirect."""
        self.published["/"] = url


@contextmanager
def running_attacker() -> Generator[Attacker]:
    published = dict[str, str]()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = published.get(self.path, "")
            is_redirect = page.startswith("http")
            self.send_response(302 if is_redirect else 200)
            if is_redirect:
                self.send_header("location", page)
            self.send_header("content-type", "text/html")
            self.send_header("cache-control", "no-store")
            self.end_headers()
            if not is_redirect:
                self.wfile.write(f"<!doctype html><meta charset=utf-8>{page}".encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Attacker(server.server_port, published)
        finally:
            server.shutdown()
            thread.join()


def form(url: str, fields: Mapping[str, str], *, target: str = "_self") -> str:
    """A form that sends itself off."""
    inputs = "".join(
        f'<input type=hidden name="{name}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    return (
        f'<form id=f method=post action="{url}" target="{target}">{inputs}</form>'
        "<script>HTMLFormElement.prototype.submit.call(document.getElementById('f'))</script>"
    )


def framed(page: str) -> str:
    """The page in a frame that may lead the whole window away; its origin is `null`."""
    return (
        '<iframe sandbox="allow-forms allow-scripts allow-top-navigation" '
        f'srcdoc="{html.escape(page)}"></iframe>'
    )


def form_in_frame(url: str, fields: Mapping[str, str]) -> str:
    """The page stays: what is answered goes to a frame."""
    frame = '<iframe name=into onload="if (window.sent) done()"></iframe>'
    return f"{_DONE}{frame}" + form(url, fields, target="into").replace(
        "<script>", "<script>window.sent = true;"
    )


def every_way(url: str) -> str:
    """All ways to fetch an address in a page that stays, which is called "done" after the last."""
    ends = "onload=one() onerror=one()"
    options = "{mode: 'no-cors', credentials: 'include'}"
    ways = [
        f'<img src="{url}" {ends}>',
        f'<iframe src="{url}" {ends}></iframe>',
        f'<object data="{url}" {ends}></object>',
        f'<script src="{url}" {ends}></script>',
        f'<link rel=stylesheet href="{url}" {ends}>',
        f'<link rel=prefetch href="{url}" {ends}>',
        f"<script>fetch({json.dumps(url)}, {options}).finally(one)</script>",
    ]
    left = f"<script>let left = {len(ways)}; const one = () => {{ if (!--left) done() }}</script>"
    return "".join([_DONE, left, *ways])


def frame(url: str) -> str:
    return f'{_DONE}<iframe src="{url}" onload=done()></iframe>'


# The browser leaves for the app.
LEAVING: Final[dict[str, Callable[[str], str]]] = {
    "a link": lambda url: (
        f'<a id=a href="{url}">Free coffee</a><script>document.getElementById("a").click()</script>'
    ),
    "a script's": lambda url: f"<script>location = {json.dumps(url)}</script>",
    "a refresh": lambda url: f'<meta http-equiv=refresh content="0; url={url}">',
    "a frame's": lambda url: framed(f"<script>top.location = {json.dumps(url)}</script>"),
}
