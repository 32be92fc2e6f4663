"""Requests as bytes: what is said about HTTP itself, right and wrong, for any door."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

Header = tuple[bytes, bytes]

WRONG_METHODS: Final = [b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"PROPFIND", b"SEARCH"]
_HOSTS: Final = [
    b"evil.example",
    b"127.0.0.1",
    b"",
    b"localhost:99999",
    b"evil.example@127.0.0.1",
    b"[::1",
    b"a" * 300,
    b"xn--80ak6aa92e.com",
    b"threadwatch.example.com\tevil",
    b"evil.example/..//",
]
_ODD_VALUES: Final = [
    b"",
    b"%00",
    b"' OR 1=1 --",
    b"\xff\xfe\xfd",
    b"${jndi:ldap://127.0.0.1/a}",
    b"<script>alert(1)</script>",
    b"../../../../etc/passwd",
    b"{{7*7}}",
    b"() { :;}; echo",
    b"9" * 400,
    "é🔑".encode(),
]
_ODD_NAMES: Final = [
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"forwarded",
    b"x-original-url",
    b"x-rewrite-url",
    b"x-http-method-override",
    b"origin",
    b"referer",
    b"cookie",
    b"authorization",
    b"range",
    b"if-none-match",
    b"accept-encoding",
    b"content-encoding",
    b"expect-ct",
    b"te",
    b"upgrade-insecure-requests",
    b"user-agent",
]


@dataclass(frozen=True, slots=True)
class BadRequest:
    """Bytes to send. After `ends_connection` the server may hang up, with or without an answer.

    `refused`: only a 4xx will do. `head` is a HEAD request, whose answer has no body.
    """

    raw: bytes
    kind: str
    refused: bool = False
    ends_connection: bool = False
    head: bool = False


@dataclass(slots=True)
class Dice:
    """A seed's choices."""

    rng: random.Random
    sent: int = field(default=0)

    def pick(self, options: Sequence[bytes]) -> bytes:
        return self.rng.choice(options)

    def source(self) -> Header:
        """A source of its own, so that the limits on sources do not answer instead of the door."""
        self.sent += 1
        number = self.sent
        text = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return b"x-forwarded-for", text.encode()

    def junk(self, most: int = 60) -> bytes:
        return self.rng.randbytes(self.rng.randrange(most))

    def odd_headers(self) -> list[Header]:
        count = self.rng.choice([0, 0, 0, 1, 1, 2, 5])
        return [(self.pick(_ODD_NAMES), self.pick(_ODD_VALUES)) for _ in range(count)]

    def host(self) -> Header:
        return b"host", self.pick(_HOSTS) if self.rng.random() < 0.3 else b"127.0.0.1"


def request(
    method: bytes, path: bytes, headers: Sequence[Header] = (), body: bytes | None = None
) -> bytes:
    """A request that is right as far as HTTP goes."""
    given = [*headers]
    if body is not None:
        given.append((b"content-length", str(len(body)).encode()))
    lines = [method + b" " + path + b" HTTP/1.1", *(name + b": " + value for name, value in given)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")


def chunked(method: bytes, path: bytes, headers: Sequence[Header], body: bytes, size: int) -> bytes:
    """The same with its body in chunks, and a trailer behind them."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = b"".join(b"%x;ext=1\r\n" % len(part) + part + b"\r\n" for part in parts)
    head = request(method, path, [*headers, (b"transfer-encoding", b"chunked")])
    return head + chunks + b"0\r\nx-trailer: 1\r\n\r\n"


def _method(dice: Dice, path: bytes, takes: Sequence[bytes]) -> BadRequest:
    wrong = [each for each in [*WRONG_METHODS, b"GET", b"POST"] if each not in takes]
    raw = request(dice.pick(wrong), path, [dice.host(), dice.source()], dice.junk())
    return BadRequest(raw, "method", refused=True)


def _path(dice: Dice, path: bytes, takes: Sequence[bytes]) -> BadRequest:
    changes = [
        b"/",
        b"/",
        b"/x",
        b"%00",
        b"%2f",
        b";a=1",
        b"/../admin",
        b"%C0%AF",
        b".json",
        b"%ff",
    ]
    prefixes = [b"", b"", b"", b"/", b"/.", b"//evil.example/", b"/%2e%2e"]
    prefix = dice.pick(prefixes)
    changed = prefix + path + (dice.pick(changes) if prefix == b"" or path == b"/" else b"")
    # Were it sent on to where the right path is, it should not be sent to a host of its choosing.
    host = (b"host", b"evil.example") if dice.rng.random() < 0.5 else dice.host()
    raw = request(dice.pick(takes), changed, [host, dice.source()], dice.junk())
    return BadRequest(raw, "path", ends_connection=changed.startswith(b"//"))


def _outsized(dice: Dice, path: bytes, takes: Sequence[bytes]) -> BadRequest:
    headers: list[Header] = [dice.host(), dice.source()]
    target = path
    match dice.rng.randrange(4):
        case 0:
            headers += [(b"x-%d" % number, b"1") for number in range(120)]
        case 1:
            headers.append((b"x-long", b"a" * 40_000))
        case 2:
            headers.append((b"a" * 40_000, b"1"))
        case _:
            target = path + b"?" + b"a" * 40_000
    raw = request(dice.pick(takes), target, headers)
    return BadRequest(raw, "outsized head", refused=True, ends_connection=True)


_FRAMINGS: Final[list[Callable[[bytes, bytes], bytes]]] = [
    lambda m, p: m + b" " + p + b" HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\nx",
    lambda m, p: m + b" " + p + b" HTTP/1.1\r\nhost: a\r\ncontent-length: 1e3\r\n\r\nx",
    lambda m, p: m + b" " + p + b" HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
    lambda m, p: (
        m + b" " + p + b" HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"
    ),
    lambda m, p: m + b" " + p + b" HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    lambda m, p: m + b" " + p + b" HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\nabc",
    lambda m, p: m + b" " + p + b" HTTP/9.9\r\n\r\n",
    lambda m, p: m + b" " + p + b"\r\n\r\n",
    lambda m, p: m + b"  " + p + b" HTTP/1.1\r\nhost : a\r\n\r\n",
    lambda m, p: m + b" " + p + b" HTTP/1.1\r\nhost: a\r\n folded: b\r\n\r\n",
    lambda m, p: m + b" " + p + b" HTTP/1.1\r\nho\x00st: a\r\n\r\n",
    lambda m, p: m + b" " + p + b" HTTP/1.1\r\nhost: a\x00b\r\n\r\n",
    lambda m, p: m + b" " + p + b" HTTP/1.1\nhost: a\n\n",
    lambda _m, p: b"\x16\x03\x01\x02\x00\x01\x00" + p,
    lambda _m, _p: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    lambda _m, _p: b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n",
    lambda _m, _p: b"CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n",
    lambda m, p: m + b" http://evil.example" + p + b" HTTP/1.1\r\nhost: a\r\n\r\n",
    lambda m, p: m + b" " + p + b"\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n",
    lambda m, p: m.lower() + b" " + p + b" HTTP/1.1\r\nhost: a\r\n\r\n",
    lambda m, p: (
        m + b" " + p + b" HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-key: AAAA\r\nsec-websocket-version: 13\r\n\r\n"
    ),
    lambda m, p: (
        m + b" " + p + b" HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\nx"
    ),
    lambda m, p: m + b" " + p + b" HTTP/1.1\r\nhost: a\r\ncontent-length: 500\r\n\r\nhalf",
    lambda m, p: m + b" " + p + b" HTTP/1.1\r\nhost: a\r\nx-half",
]


def _framing(dice: Dice, path: bytes, takes: Sequence[bytes]) -> BadRequest:
    """Broken or unfinished as HTTP; the sender then closes the connection."""
    raw = dice.rng.choice(_FRAMINGS)(dice.pick(takes), path)
    return BadRequest(raw, "framing", ends_connection=True)


def _too_large(dice: Dice, path: bytes, takes: Sequence[bytes]) -> BadRequest:
    headers = [dice.host(), dice.source(), (b"content-length", b"%d" % (1024 * 1024 + 1))]
    raw = request(dice.pick(takes), path, headers) + b"x"
    return BadRequest(raw, "body too large", ends_connection=True)


def any_door(dice: Dice, path: bytes, takes: Sequence[bytes]) -> BadRequest:
    """Wrong for every door: in its method, path, head or framing."""
    roll = dice.rng.random()
    if roll < 0.45:
        return _method(dice, path, takes)
    if roll < 0.8:
        return _path(dice, path, takes)
    if roll < 0.84:
        return _outsized(dice, path, takes)
    if roll < 0.87:
        return _too_large(dice, path, takes)
    return _framing(dice, path, takes)
