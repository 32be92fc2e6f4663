"""Bad requests for what a browser or an operator asks for."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_from_bytes

from tests.security.described import DescribedDoor
from tests.security.http_bytes import BadRequest, Dice, any_door, request

_READS: Final = [b"GET", b"HEAD"]
_STATES: Final = [b"", b"x", b"a" * 43, b"../x", b"\xff", b"'--", b"%00", b"a" * 5000]
_CODES: Final = [b"", b"1.2.3", b"\xff\xfe", b"x" * 5000, b"<script>"]
_ERRORS: Final = [b"access_denied", b"<script>alert(1)</script>", b"\xff", b"x" * 5000, b""]
_COOKIES: Final = [
    b"threadwatch-install-x=x",
    b"threadwatch-install-aaaaaaaa=" + b"a" * 43,
    b"threadwatch-install-",
    b'threadwatch-install-="',
    b"=;=;=",
    b"\xff\xfe",
    b"a=b; " * 500,
    b"threadwatch-session=x",
    b"threadwatch-session=" + b"A" * 43,
    b"threadwatch-session=" + b"a" * 5000,
    b"threadwatch-form=" + b"A" * 43,
    b"threadwatch-installed=" + b"A" * 43,
]
_VALUES: Final = [
    *(
        b"",
        b"x",
        b"0",
        b"-1",
        b"9" * 400,
        b"\xff\xfe",
        b"%00",
        b"a" * 64,
        b"<script>alert(1)</script>",
    ),
    *(
        b"https://evil.example/",
        b"//evil.example",
        b"../../x",
        b"whsec_x",
        b"without",
        b"' OR 1=1 --",
    ),
]
_FORM_TYPES: Final = [
    *[b"application/x-www-form-urlencoded"] * 5,
    *(b"text/plain", b"application/json", b"multipart/form-data; boundary=x", b""),
]
_WORDS: Final = [
    b"admin",
    b".env",
    b".git/config",
    b"wp-login.php",
    b"docs",
    b"openapi.json",
    b"slack",
    b"webhooks/parallel/",
    b"actuator/env",
    b"control/slack/state",
    b"pages.css/..%2f..%2fetc/passwd",
    b"%2e%2e/%2e%2e/bot/wiring.py",
    b"parallel",
]


@dataclass(frozen=True, slots=True)
class PageRequests:
    """Bad requests for any door that is described.

    `cookie` is a browser's that was let in: another site can have that browser send forms and
    come back from elsewhere, and knows neither the word in our forms nor a state.
    """

    door: DescribedDoor
    cookie: bytes

    @property
    def path(self) -> bytes:
        return self.door.path.encode()

    def bad(self, dice: Dice) -> BadRequest:
        roll = dice.rng.random()
        if roll < 0.4:
            return any_door(dice, self.path, self.door.takes)
        if roll < 0.7 or "POST" not in self.door.methods:
            return self._odd_query(dice)
        return self._forged_form(dice)

    def _odd_query(self, dice: Dice) -> BadRequest:
        method = dice.pick([b"GET", b"HEAD"])
        names = [name.encode() for name in self.door.queries if dice.rng.random() < 0.7]
        known = [name + b"=" + quote_from_bytes(dice.pick(_VALUES)).encode() for name in names]
        query = b"&".join([*known, quote_from_bytes(dice.junk(), safe="&=%[]").encode()])
        headers = [dice.host(), dice.source(), *dice.odd_headers()]
        if dice.rng.random() < 0.4:
            headers.append((b"cookie", dice.pick(_COOKIES)))
        body = dice.junk(400) if dice.rng.random() < 0.3 else None
        raw = request(method, self.path + b"?" + query, headers, body)
        return BadRequest(raw, "odd query", head=method == b"HEAD")

    def _forged_form(self, dice: Dice) -> BadRequest:
        cookie = dice.pick([self.cookie, self.cookie, *_COOKIES])
        headers = [dice.host(), dice.source(), (b"cookie", cookie), *dice.odd_headers()]
        headers.append((b"content-type", dice.pick(_FORM_TYPES)))
        if dice.rng.random() < 0.5:
            # Then only the token in the form, or what it names, is wrong.
            headers.append((b"sec-fetch-site", b"same-origin"))
        names = [b"csrf", b"ticket", b"api_key", b"secret", b"action", b"x"]
        pairs = [name + b"=" + quote_from_bytes(dice.pick(_VALUES)).encode() for name in names]
        body = b"&".join(pair for pair in pairs if dice.rng.random() < 0.7)
        if dice.rng.random() < 0.2:
            body = dice.pick([b"", dice.junk(400), b"x" * 20_000, b"a=1&" * 100, b'{"csrf": "x"}'])
        return BadRequest(request(b"POST", self.path, headers, body), "forged form", refused=True)


def bad_install(dice: Dice) -> BadRequest:
    """Mostly never begun: each install that is begun keeps a state in Redis for ten minutes."""
    if dice.rng.random() < 0.1:
        query = quote_from_bytes(dice.junk(), safe="&=%[]").encode()
        headers = [dice.host(), dice.source(), *dice.odd_headers()]
        return BadRequest(request(b"GET", b"/slack/install?" + query, headers), "odd query")
    return any_door(dice, b"/slack/install", _READS)


def bad_callback(dice: Dice) -> BadRequest:
    """Forged, replayed or broken ends of an install."""
    if dice.rng.random() < 0.25:
        return any_door(dice, b"/slack/oauth_redirect", _READS)
    fields = {
        b"state": dice.pick(_STATES),
        b"code": dice.pick(_CODES),
        b"error": dice.pick(_ERRORS),
        b"redirect_uri": b"https://evil.example/",
    }
    chosen = [name for name in fields if dice.rng.random() < 0.6]
    query = b"&".join(name + b"=" + quote_from_bytes(fields[name]).encode() for name in chosen)
    headers = [dice.host(), dice.source(), *dice.odd_headers()]
    if dice.rng.random() < 0.6:
        headers.append((b"cookie", dice.pick(_COOKIES)))
    raw = request(b"GET", b"/slack/oauth_redirect?" + query, headers)
    return BadRequest(raw, "callback", refused=True)


def bad_path(dice: Dice) -> BadRequest:
    """At addresses where nothing is."""
    path = b"/" + dice.pick(_WORDS) + quote_from_bytes(dice.junk(20)).encode()
    if dice.rng.random() < 0.3:
        return any_door(dice, path + b"x", [b"GET", b"POST", b"PUT"])
    method = dice.pick([b"GET", b"POST", b"PUT", b"DELETE", b"OPTIONS"])
    headers = [dice.host(), dice.source(), *dice.odd_headers()]
    return BadRequest(request(method, path, headers, dice.junk()), "unknown path", refused=True)
