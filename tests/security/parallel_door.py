"""Bad requests for Parallel's door: signatures that do not fit, strangers' addresses, nonsense."""

import base64
import gzip
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.security.http_bytes import BadRequest, Dice, Header, any_door, chunked, request

_NAMES: Final = (b"webhook-id", b"webhook-timestamp", b"webhook-signature")
_TYPES: Final = [b"monitor.event.detected", b"monitor.execution.completed"]
_WRONG_IDS: Final[list[object]] = [
    None,
    1,
    [],
    {},
    "",
    "../../x",
    "a b",
    "é",
    "x" * 300,
    "-starts",
    "a/b",
    "a:b",
    "\u0000",
    "<!channel>",
]


@dataclass(frozen=True, slots=True)
class ParallelDoorRequests:
    """`secret` is the account's: many of the requests are signed as Parallel would."""

    endpoint_id: str
    secret: str

    @property
    def path(self) -> bytes:
        return f"/webhooks/parallel/{self.endpoint_id}".encode()

    def bad(self, dice: Dice) -> BadRequest:
        roll = dice.rng.random()
        if roll < 0.4:
            return self._wrongly_signed(dice)
        if roll < 0.65:
            return self._senseless(dice)
        if roll < 0.85:
            return self._nobodys(dice)
        return any_door(dice, self.path, [b"POST"])

    def _wrongly_signed(self, dice: Dice) -> BadRequest:
        body = self._whole(dice)
        headers = [dice.host(), *self._forged(dice, body), *dice.odd_headers()]
        return BadRequest(request(b"POST", self.path, headers, body), "signature", refused=True)

    def _forged(self, dice: Dice, body: bytes) -> list[Header]:
        now = int(time.time())
        stamp = str(now).encode()
        right = self._signature(b"msg_1", stamp, body)
        long_ago = str(now - dice.rng.randrange(302, 10**6)).encode()
        one_day = str(now + dice.rng.randrange(310, 10**6)).encode()
        forgeries: list[Callable[[], tuple[bytes | None, bytes | None, bytes | None]]] = [
            lambda: (None, None, None),
            lambda: (None, stamp, right),
            lambda: (b"msg_1", None, right),
            lambda: (b"msg_1", stamp, None),
            lambda: (b"msg_1", stamp, b""),
            lambda: (b"", stamp, right),
            lambda: (b"msg_2", stamp, right),
            lambda: (b"msg_1", stamp, right[:-4]),
            lambda: (b"msg_1", stamp, right[3:]),
            lambda: (b"msg_1", stamp, b"v2," + right[3:]),
            lambda: (b"msg_1", stamp, b"v1," + base64.b64encode(dice.rng.randbytes(32))),
            lambda: (b"msg_1", stamp, b" ".join([b"v1,AAAA"] * 200)),
            lambda: (b"msg_1", stamp, b"v1,\xff\xfe"),
            lambda: (b"msg_1", stamp, sign(b"another", b"msg_1", stamp, body)),
            lambda: (b"msg_1", stamp, sign(b"", b"msg_1", stamp, body)),
            lambda: (b"msg_1", stamp, self._signature(b"msg_1", stamp, body + b" ")),
            lambda: (b"msg_1", long_ago, self._signature(b"msg_1", long_ago, body)),
            lambda: (b"msg_1", one_day, self._signature(b"msg_1", one_day, body)),
            lambda: (b"msg_1", b"soon", self._signature(b"msg_1", b"soon", body)),
            lambda: (b"msg_1", b"9" * 30, self._signature(b"msg_1", b"9" * 30, body)),
        ]
        given = dice.rng.choice(forgeries)()
        return [(name, text) for name, text in zip(_NAMES, given, strict=True) if text is not None]

    def _senseless(self, dice: Dice) -> BadRequest:
        """Signed, and no webhook."""
        whole = self._whole(dice)
        options: list[Callable[[], bytes]] = [
            lambda: b"",
            lambda: whole[: dice.rng.randrange(1, len(whole))],
            lambda: dice.rng.randbytes(50) + b"\xff",
            lambda: gzip.compress(whole, mtime=0),
            lambda: whole.decode().encode("utf-16"),
            lambda: b"[" * dice.rng.randrange(1, 5000),
            lambda: b'"' + whole.replace(b'"', b"'") + b'"',
            lambda: b"[" + whole + b"]",
            lambda: json.dumps({"type": "monitor.event.detected"}).encode(),
            lambda: json.dumps({"type": 1, "data": {}}).encode(),
            lambda: self._wrong_ids(dice),
            lambda: self._wrong_ids(dice),
            lambda: self._wrong_ids(dice),
        ]
        body = dice.rng.choice(options)()
        headers = [dice.host(), *self._signed(body), *dice.odd_headers()]
        if body and dice.rng.random() < 0.1:
            raw = chunked(b"POST", self.path, headers, body, dice.rng.randrange(1, 40))
        else:
            raw = request(b"POST", self.path, headers, body)
        return BadRequest(raw, "senseless", refused=True)

    def _wrong_ids(self, dice: Dice) -> bytes:
        wrong = dice.rng.choice(_WRONG_IDS)
        data: dict[str, object] = {"monitor_id": wrong, "event": {"event_group_id": "mevtgrp_1"}}
        if dice.rng.random() < 0.5:
            data = {"monitor_id": "monitor_1", "event": {"event_group_id": wrong}}
        return json.dumps({"type": "monitor.event.detected", "data": data}).encode()

    def _nobodys(self, dice: Dice) -> BadRequest:
        """At an address that is no account's, signed with a secret that is one's."""
        body = self._whole(dice)
        addresses = [
            dice.rng.randbytes(24).hex().encode(),
            self.endpoint_id[:-1].encode(),
            self.endpoint_id.swapcase().encode(),
            self.endpoint_id.encode() + b"%20",
            b"%2e%2e%2fx",
            b"%00",
            b"%FF",
            b"x" * 3000,
            b"'%20OR%201=1--",
        ]
        path = b"/webhooks/parallel/" + dice.pick(addresses)
        headers = [dice.host(), *self._signed(body), *dice.odd_headers()]
        return BadRequest(request(b"POST", path, headers, body), "nobody's", refused=True)

    def _signed(self, body: bytes) -> list[Header]:
        stamp = str(int(time.time())).encode()
        return list(
            zip(_NAMES, (b"msg_1", stamp, self._signature(b"msg_1", stamp, body)), strict=True)
        )

    def _signature(self, webhook_id: bytes, stamp: bytes, body: bytes) -> bytes:
        return sign(self.secret.encode(), webhook_id, stamp, body)

    def _whole(self, dice: Dice) -> bytes:
        """A webhook that would have us look, if it were signed."""
        number = dice.rng.randrange(10**9)
        data = {"monitor_id": f"monitor_{number}", "event": {"event_group_id": f"mevtgrp_{number}"}}
        return json.dumps({"type": dice.pick(_TYPES).decode(), "data": data}).encode()


def sign(secret: bytes, webhook_id: bytes, stamp: bytes, body: bytes) -> bytes:
    digest = hmac.new(secret, b".".join([webhook_id, stamp, body]), hashlib.sha256).digest()
    return b"v1," + base64.b64encode(digest)
