"""Standard Webhooks signatures, with both readings of the key that the public sources give."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from sandbox.parallel.settings import KeyReading


def key_bytes(secret: str, reading: KeyReading) -> bytes:
    """Raw: the secret as UTF-8. Base64: without its `whsec_`, decoded; raises ValueError."""
    if reading == "raw":
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret that is read as base64 must be base64") from error


def signature(key: bytes, *, webhook_id: str, timestamp: int, body: bytes) -> str:
    signed = b"%b.%d.%b" % (webhook_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(
    keys: Sequence[bytes], *, webhook_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """One signature per key, so that a receiver with any of the secrets can check it."""
    signatures = [
        signature(key, webhook_id=webhook_id, timestamp=timestamp, body=body) for key in keys
    ]
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
