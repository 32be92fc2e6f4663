"""Standard Webhooks signatures, as Parallel makes them.

Parallel's public sources disagree on the key: its documentation signs with the secret's own
characters, its n8n node and the `standardwebhooks` library with the bytes that the part after
`whsec_` stands for in base64. Either encoding of each secret is accepted.
"""

import binascii
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

ID_HEADER: Final = "webhook-id"
TIMESTAMP_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"

TOLERANCE_SECONDS: Final = 5 * 60

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_VERSION: Final = "v1,"
_PREFIX: Final = "whsec_"

KeyEncoding = Literal["raw", "base64"]
ENCODINGS: Final[tuple[KeyEncoding, ...]] = ("raw", "base64")


class SignatureError(Exception):
    """The message is not known to come from Parallel."""


class MissingHeaderError(SignatureError):
    """One of the three headers is not there."""


class StaleTimestampError(SignatureError):
    """More than five minutes off, either way."""

    def __init__(self, seconds_off: float) -> None:
        super().__init__(TIMESTAMP_HEADER)
        self.seconds_off = seconds_off


@dataclass(frozen=True, slots=True)
class Verified:
    """Which encoding of which secret a signature matched; `is_newest`: the first of the secrets."""

    encoding: KeyEncoding
    is_newest: bool = True


def verify(
    body: bytes, headers: Mapping[str, str], secrets: Iterable[str], *, now: float
) -> Verified:
    """Check a delivery's signature over its exact bytes.

    `headers` are looked up by lower-case name; `now` is Unix time in seconds.

    Raises SignatureError.
    """
    offered = check_headers(headers, now=now)
    start = f"{_header(headers, ID_HEADER)}.{_header(headers, TIMESTAMP_HEADER)}."
    signed = start.encode("latin-1", "replace") + body
    for position, key, encoding in _keys(secrets):
        expected = b64encode(hmac.digest(key, signed, "sha256"))
        for signature in offered:
            if hmac.compare_digest(expected, signature):
                return Verified(encoding, is_newest=position == 0)
    raise SignatureError(SIGNATURE_HEADER)


def check_headers(headers: Mapping[str, str], *, now: float) -> list[bytes]:
    """The signatures that a delivery's headers offer; what they refuse needs no body.

    Raises SignatureError.
    """
    _header(headers, ID_HEADER)
    timestamp = _header(headers, TIMESTAMP_HEADER)
    offered = _signatures(_header(headers, SIGNATURE_HEADER))
    if _TIMESTAMP.fullmatch(timestamp) is None:
        raise SignatureError(TIMESTAMP_HEADER)
    off = int(timestamp) - now
    if abs(off) > TOLERANCE_SECONDS:
        raise StaleTimestampError(off)
    return offered


def _key_of(secret: str, encoding: KeyEncoding) -> bytes | None:
    """The signing key in a secret; None if it can't be decoded that way.

    An empty key is None too: anyone could sign with it.
    """
    if encoding == "raw":
        return secret.encode() or None
    text = secret.removeprefix(_PREFIX)
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _keys(secrets: Iterable[str]) -> Iterator[tuple[int, bytes, KeyEncoding]]:
    for position, secret in enumerate(secrets):
        for encoding in ENCODINGS:
            key = _key_of(secret, encoding)
            if key is not None:
                yield position, key, encoding


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise MissingHeaderError(name)
    return value


def _signatures(header: str) -> list[bytes]:
    """The `v1` signatures; other versions are ignored."""
    entries = [
        entry.removeprefix(_VERSION).encode("latin-1", "replace")
        for entry in header.split(" ")
        if entry.startswith(_VERSION)
    ]
    if not entries:
        raise SignatureError(SIGNATURE_HEADER)
    return entries
