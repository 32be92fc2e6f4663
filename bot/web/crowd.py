"""What all connections of one server may hold together (docs/security.md, "Under load")."""

import asyncio
import resource
import time
from collections import OrderedDict
from typing import Final

import structlog
from uvicorn.server import ServerState

from monitors.model.streaks import Sampled

MOST_CONNECTIONS: Final = 2048
# Files that the process opens itself: databases, Redis, Slack, Parallel.
_OWN_FILES: Final = 256
# Of each connection's bodies; Slack's and Parallel's requests are smaller, so they get in anyway.
FREE_BYTES: Final = 16 * 1024
# Of all bodies that are being received or answered, beyond what is free.
MOST_BYTES: Final = 24 * 1024 * 1024
_log: structlog.stdlib.BoundLogger = structlog.get_logger("serving")


class Crowd(ServerState):
    """uvicorn's state of a server, with a cap on connections and a budget for bodies.

    A connection over the cap takes the place of the one that has waited longest without a complete
    request. Those that are being answered are never closed.
    """

    def __init__(
        self, most_connections: int = MOST_CONNECTIONS, most_bytes: int = MOST_BYTES
    ) -> None:
        super().__init__()
        self._most_connections = most_connections
        self._bytes_left = most_bytes
        self._waiting: OrderedDict[asyncio.Transport, None] = OrderedDict()
        self._sampled = Sampled()

    @property
    def answering(self) -> int:
        """How many requests have arrived completely and are being answered."""
        return len(self.connections) - len(self._waiting)

    def enter(self, newcomer: asyncio.Transport) -> None:
        if len(self.connections) > self._most_connections:
            self._tell("connections over the cap", most=self._most_connections)
            evicted = self._waiting.popitem(last=False)[0] if self._waiting else newcomer
            evicted.close()
        self.wait(newcomer)

    def wait(self, transport: asyncio.Transport) -> None:
        """It has no complete request."""
        if not transport.is_closing():
            self._waiting[transport] = None
            self._waiting.move_to_end(transport)

    def leave(self, transport: asyncio.Transport) -> None:
        """It is being answered, or gone."""
        self._waiting.pop(transport, None)

    def take(self, size: int) -> bool:
        """False if the budget doesn't allow it."""
        if size > self._bytes_left:
            self._tell("request bodies over the budget")
            return False
        self._bytes_left -= size
        return True

    def give_back(self, size: int) -> None:
        self._bytes_left += size

    def _tell(self, event: str, **more: int) -> None:
        count = self._sampled.due(event, time.monotonic())
        if count:
            _log.warning(event, count=count, **more)


def room_for_connections() -> int:
    """How many this process may have open; raises its own limit on files as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _OWN_FILES
    if resource.RLIM_INFINITY not in {soft, hard}:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    files = wanted if soft == resource.RLIM_INFINITY else soft
    return max(1, min(MOST_CONNECTIONS, files - _OWN_FILES))
