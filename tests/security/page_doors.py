"""Bad requests for what a browser or an operator asks for."""

from typing import Final
from urllib.parse import quote_from_bytes

from tests.security.http_bytes import BadRequest, Dice, any_door, request

_READS: Final = [b"GET", b"HEAD"]
_STATES: Final = [b"", b"x", b"a" * 43, b"../x", b"\xff", b"'--", b"%00", b"a" * 5000]
_CODES: Final = [b"", b"1.2.3", b"\xff\xfe", b"x" * 5000, b"<script>"]
_ERRORS: Final = [b"access_denied", b"<script>alert(1)</script>", b"\xff", b"x" * 5000, b""]
_COOKIES: Final = [
    b"slack-app-oauth-state=x",
    b"slack-app-oauth-state=" + b"a" * 43,
    b"slack-app-oauth-state",
    b'slack-app-oauth-state="',
    b"=;=;=",
    b"\xff\xfe",
    b"a=b; " * 500,
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


def bad_page(dice: Dice, path: bytes) -> BadRequest:
    """For a page that only answers: odd queries, headers and bodies, or wrong for any door."""
    if dice.rng.random() < 0.5:
        return any_door(dice, path, _READS)
    method = dice.pick(_READS)
    asked = path + b"?" + quote_from_bytes(dice.junk(), safe="&=%[]").encode()
    headers = [dice.host(), dice.source(), *dice.odd_headers()]
    body = dice.junk(400) if dice.rng.random() < 0.3 else None
    raw = request(method, asked, headers, body)
    return BadRequest(raw, "odd query", head=method == b"HEAD")


def bad_install(dice: Dice) -> BadRequest:
    """Mostly never begun: each install that is begun keeps a state in Redis for ten minutes."""
    if dice.rng.random() < 0.1:
        return bad_page(dice, b"/slack/install")
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
