"""The app signs the metadata that it writes: a Parallel key alone lets nobody speak as the bot."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Final

from monitors.model.monitor import SIGNATURE, Monitor, MonitorHome
from monitors.model.policy import Policy

_PURPOSE: Final = b"threadwatch monitor metadata v1"
# Of the policy, only who is co-owner is signed: the rest says how, never where or for whom.
_SIGNED: Final = ("slack_thread_id", "slack_channel_id", "slack_team_id", "slack_app_id", "user_id")
# In the place of an id: Parallel names a monitor only once it has its metadata.
_BEING_CREATED: Final = ""


class Signer:
    """Signs with the first key, accepts all: as with `ENCRYPTION_KEYS`, so that keys can rotate."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(key, _PURPOSE, hashlib.sha256) for key in keys]

    def metadata_of(self, home: MonitorHome, monitor_id: str = _BEING_CREATED) -> dict[str, str]:
        metadata = home.to_metadata()
        return {**metadata, SIGNATURE: _tag(self._keys[0], metadata, monitor_id)}

    def has_signed(self, monitor: Monitor) -> bool:
        return self._fits(monitor.metadata, monitor.monitor_id)

    def has_begun(self, monitor: Monitor) -> bool:
        """Whether it was signed before it had an id."""
        return self._fits(monitor.metadata, _BEING_CREATED)

    def has_signed_last(self, monitor: Monitor) -> bool:
        """Whether with the first key."""
        return _is(_tag(self._keys[0], monitor.metadata, monitor.monitor_id), monitor.metadata)

    def _fits(self, metadata: Mapping[str, str], monitor_id: str) -> bool:
        return any(_is(_tag(key, metadata, monitor_id), metadata) for key in self._keys)


def _is(tag: str, metadata: Mapping[str, str]) -> bool:
    return hmac.compare_digest(tag.encode(), metadata.get(SIGNATURE, "").encode())


def _tag(key: bytes, metadata: Mapping[str, str], monitor_id: str) -> str:
    """32 hexadecimal digits. JSON keeps the values apart."""
    co_owner = Policy.from_json(metadata.get("policy", "")).co_owner
    values = [metadata.get(name, "") for name in _SIGNED] + ([co_owner] if co_owner else [])
    text = json.dumps([monitor_id, *values])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]
