"""Bad requests for Slack's door: signatures that do not fit, and signed nonsense."""

import base64
import gzip
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tests.security.http_bytes import BadRequest, Dice, Header, any_door, chunked, request

PATH: Final = b"/slack/events"
FORM: Final = b"application/x-www-form-urlencoded"
JSON: Final = b"application/json"
Json = dict[str, object]

_ODD_TYPES: Final = [b"", b"text/plain", b"multipart/form-data; boundary=x", b"application/xml"]
_WRONG_VALUES: Final[list[object]] = [
    None,
    [],
    {},
    ["x"],
    1,
    -1.5,
    True,
    "",
    "a b",
    "T" * 300,
    "\ud800",
    "\u0000",
    {"id": None},
    {"id": ["x"]},
    {"a": {"b": [1]}},
]


@dataclass(frozen=True, slots=True)
class SlackDoorRequests:
    """`secret` is the signing secret: half of the requests are signed as Slack would."""

    secret: str
    team_id: str
    channel: str
    user: str

    def bad(self, dice: Dice) -> BadRequest:
        roll = dice.rng.random()
        if roll < 0.4:
            return self._wrongly_signed(dice)
        if roll < 0.55:
            return self._unreadable(dice)
        if roll < 0.85:
            return self._senseless(dice)
        return any_door(dice, PATH, [b"POST"])

    def _wrongly_signed(self, dice: Dice) -> BadRequest:
        """A command that would be obeyed, but for its signature."""
        body, content_type = self._whole(dice)
        headers: list[Header] = [dice.host(), (b"content-type", content_type)]
        headers += [*self._forged(dice, body), *dice.odd_headers()]
        return BadRequest(request(b"POST", PATH, headers, body), "signature", refused=True)

    def _forged(self, dice: Dice, body: bytes) -> list[Header]:
        now = int(time.time())
        stamp, signature = self._signature(body, now)
        forgeries: list[Callable[[], tuple[bytes | None, bytes | None]]] = [
            lambda: (None, None),
            lambda: (stamp, None),
            lambda: (None, signature),
            lambda: (stamp, b""),
            lambda: (stamp, signature[:-1]),
            lambda: (stamp, signature + b"0"),
            lambda: (stamp, signature.upper()),
            lambda: (stamp, signature.replace(b"v0=", b"v1=")),
            lambda: (stamp, b"v0=" + dice.rng.randbytes(32).hex().encode()),
            lambda: (stamp, b"\xff" * 40),
            lambda: (stamp, signature + b"," + signature),
            lambda: (stamp, self._signature(body + b" ", now)[1]),
            lambda: (stamp, sign(b"another secret", stamp, body)),
            lambda: (stamp, sign(b"", stamp, body)),
            lambda: self._signature(body, now - dice.rng.randrange(302, 10**6)),
            lambda: self._signature(body, now + dice.rng.randrange(310, 10**6)),
            lambda: (b"soon", sign(self.secret.encode(), b"soon", body)),
            lambda: (b"-1", sign(self.secret.encode(), b"-1", body)),
            lambda: (b"9" * 30, sign(self.secret.encode(), b"9" * 30, body)),
            lambda: (stamp + b".5", sign(self.secret.encode(), stamp + b".5", body)),
            lambda: (b"\xb2\xb3", signature),
        ]
        given = dice.rng.choice(forgeries)()
        names = (b"x-slack-request-timestamp", b"x-slack-signature")
        return [
            (name, value) for name, value in zip(names, given, strict=True) if value is not None
        ]

    def _unreadable(self, dice: Dice) -> BadRequest:
        whole, content_type = self._whole(dice)
        cut = whole[: dice.rng.randrange(1, len(whole))]
        options: list[tuple[bytes, bytes]] = [
            (b"", content_type),
            (dice.rng.randbytes(40) + b"\xff", content_type),
            (whole[::-1], JSON),
            (whole, dice.pick(_ODD_TYPES)),
            (gzip.compress(whole, mtime=0), content_type),
            (whole.decode().encode("utf-16"), content_type),
            (base64.b64encode(whole), JSON),
            (cut if content_type == JSON else b"payload=" + cut, content_type),
            (b"[" * dice.rng.randrange(1, 3000), JSON),
            (b'{"type":"event_callback","event":' + b'{"a":' * 900 + b"1" + b"}" * 901, JSON),
            (b'{"type": "event_callback", "event_time": 1e999}', JSON),
            (b"&".join(b"f%d=1" % number for number in range(200)), FORM),
            (b"payload=%7B%22a%22%3A1", FORM),
        ]
        body, declared = dice.rng.choice(options)
        return self._signed(dice, body, declared, kind="unreadable")

    def _senseless(self, dice: Dice) -> BadRequest:
        """What Slack always sends, with one thing in it gone or wrong."""
        command, click, event = self._command(dice), self._click(dice), self._event(dice)
        needed = [
            ("command", command, ["team_id", "channel_id", "user_id", "trigger_id"]),
            ("click", click, ["user", "team", "channel", "message", "trigger_id", "actions"]),
            ("event", event, ["event_id", "team_id", "event"]),
        ]
        what, whole, fields = dice.rng.choice(needed)
        field = dice.rng.choice(fields)
        wrong = {name: value for name, value in whole.items() if name != field}
        if what == "command":
            # An empty field of a form is there all the same.
            if dice.rng.random() < 0.7:
                wrong[field] = dice.rng.choice(["", "a b", "\n", "é", "x" * 300, "\x00"])
            body, content_type = urlencode(wrong).encode(), FORM
        else:
            if dice.rng.random() < 0.8:
                wrong[field] = dice.rng.choice(_WRONG_VALUES)
            text = json.dumps(wrong)
            body = urlencode({"payload": text}).encode() if what == "click" else text.encode()
            content_type = FORM if what == "click" else JSON
        return self._signed(dice, body, content_type, kind=f"senseless {what}")

    def _signed(self, dice: Dice, body: bytes, content_type: bytes, *, kind: str) -> BadRequest:
        stamp, signature = self._signature(body, int(time.time()))
        headers: list[Header] = [
            dice.host(),
            (b"content-type", content_type),
            (b"x-slack-request-timestamp", stamp),
            (b"x-slack-signature", signature),
            *dice.odd_headers(),
        ]
        if body and dice.rng.random() < 0.1:
            raw = chunked(b"POST", PATH, headers, body, dice.rng.randrange(1, 40))
        else:
            raw = request(b"POST", PATH, headers, body)
        return BadRequest(raw, kind, refused=True)

    def _signature(self, body: bytes, unix_time: int) -> tuple[bytes, bytes]:
        stamp = str(unix_time).encode()
        return stamp, sign(self.secret.encode(), stamp, body)

    def _whole(self, dice: Dice) -> tuple[bytes, bytes]:
        """A request that would have an effect, if it were signed and left as it is."""
        match dice.rng.randrange(3):
            case 0:
                return urlencode(self._command(dice)).encode(), FORM
            case 1:
                return urlencode({"payload": json.dumps(self._click(dice))}).encode(), FORM
            case _:
                return json.dumps(self._event(dice)).encode(), JSON

    def _command(self, dice: Dice) -> Json:
        return {
            "team_id": self.team_id,
            "channel_id": self.channel,
            "user_id": self.user,
            "command": dice.rng.choice(["/monitor", "/hourly"]),
            "text": "new papers on fusion",
            "trigger_id": f"1.2.bad{dice.rng.randrange(10**9)}",
        }

    def _click(self, dice: Dice) -> Json:
        action = dice.rng.choice(["cancel_monitor", "run_now"])
        return {
            "type": "block_actions",
            "team": {"id": self.team_id},
            "user": {"id": self.user},
            "channel": {"id": self.channel},
            "message": {"ts": "1.000001"},
            "trigger_id": f"1.2.bad{dice.rng.randrange(10**9)}",
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": "x"}],
        }

    def _event(self, dice: Dice) -> Json:
        reply = {
            "type": "message",
            "channel": self.channel,
            "user": self.user,
            "ts": "2.000001",
            "thread_ts": "1.000001",
            "text": "cancelmonitor",
        }
        return {
            "type": "event_callback",
            "team_id": self.team_id,
            "event_id": f"EvBAD{dice.rng.randrange(10**9)}",
            "event_time": int(time.time()),
            "event": reply,
        }


def sign(secret: bytes, stamp: bytes, body: bytes) -> bytes:
    digest = hmac.new(secret, b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
    return b"v0=" + digest.encode()
