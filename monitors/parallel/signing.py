"""The app signs the metadata that it writes: a Parallel key alone lets nobody speak as the bot."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Final

from monitors.model.monitor import MonitorHome

SIGNATURE: Final = "signature"
_PURPOSE: Final = b"threadwatch monitor metadata v1"
# The policy isn't signed: it says how, never where or for whom.
_SIGNED: Final = ("slack_thread_id", "slack_channel_id", "slack_team_id", "slack_app_id", "user_id")


class Signer:
    """Signs with the first key, accepts all: as with `ENCRYPTION_KEYS`, so that keys can rotate."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(key, _PURPOSE, hashlib.sha256) for key in keys]

    def metadata_of(self, home: MonitorHome) -> dict[str, str]:
        metadata = home.to_metadata()
        return {**metadata, SIGNATURE: _tag(self._keys[0], metadata)}

    def has_signed(self, metadata: Mapping[str, str]) -> bool:
        given = metadata.get(SIGNATURE, "").encode()
        return any(hmac.compare_digest(_tag(key, metadata).encode(), given) for key in self._keys)


def _tag(key: bytes, metadata: Mapping[str, str]) -> str:
    """32 hexadecimal digits. JSON keeps the values apart."""
    text = json.dumps([metadata.get(name, "") for name in _SIGNED])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]
