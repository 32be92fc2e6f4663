"""Telling the page that something changed, by Server-Sent Events."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["messages", "ephemerals", "homes", "modals", "teams"]

_PAUSE_SECONDS = 0.05  # at most 20 notices a second
_HEARTBEAT_SECONDS = 15.0


class ChangeStream:
    """Each listener gets every kind that changed since it was last told, once."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._closed = False

    def changed(self, kind: Kind) -> None:
        for listener in self._listeners:
            listener.kinds[kind] = None
            listener.woken.set()

    def open(self) -> None:
        self._closed = False

    def close(self) -> None:
        """End every open stream, so that a server can stop."""
        self._closed = True
        for listener in self._listeners:
            listener.woken.set()

    async def listen(self) -> AsyncIterator[str]:
        listener = _Listener()
        self._listeners.add(listener)
        try:
            yield ": listening\n\n"
            while not self._closed:
                async for notice in self._next(listener):
                    yield notice
        finally:
            self._listeners.discard(listener)

    async def _next(self, listener: "_Listener") -> AsyncIterator[str]:
        try:
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                await listener.woken.wait()
        except TimeoutError:
            yield ": still here\n\n"
            return
        listener.woken.clear()
        kinds, listener.kinds = listener.kinds, {}
        for kind in kinds:
            yield f"data: {json.dumps({'changed': kind})}\n\n"
        if not self._closed:
            await asyncio.sleep(_PAUSE_SECONDS)


class _Listener:
    def __init__(self) -> None:
        self.kinds: dict[Kind, None] = {}
        self.woken = asyncio.Event()
