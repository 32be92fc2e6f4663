"""Slack and Parallel that answer at once: `python -m tests.bench.instant`.

It says its port in one line; `generation <n>` on standard input changes which events Parallel
lists, `take` is answered with a StandInLog; the end of standard input ends it. No framework: a
stand-in that works for its answers would be what is measured.
"""

import asyncio
import json
import re
import time
from collections import Counter
from typing import Final, cast

import uvloop

from monitors.model.monitor import MonitorHome
from monitors.parallel.signing import Signer
from tests.bench import known
from tests.bench.orders import say, standard_input
from tests.bench.plan import HOST, StandInLog
from tests.bench.served import KEY

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
# As JSON (Python's SDK here), and as a form (Node's).
_THREAD: Final = re.compile(rb'(?:"thread_ts": ?"|thread_ts=)([0-9.]+)')
_OK: Final = b'{"ok": true, "channel": "C0BENCH001", "ts": "1767225601.000200"}'
_SIGNER: Final = Signer([KEY.encode()])
_QUERY: Final = "latest AI research papers"


class World:
    """What is listed, and what was asked."""

    def __init__(self) -> None:
        self.generation = 1
        self._calls = Counter[str]()
        self._posts: list[tuple[int, float]] = []

    def answer(self, path: str, body: bytes) -> bytes:
        at = time.perf_counter()
        path = path.partition("?")[0]
        if path.startswith("/api/"):
            self._calls[path.removeprefix("/api/")] += 1
            posted = _THREAD.search(body)
            if path == "/api/chat.postMessage" and posted is not None:
                self._posts.append((known.number_of_thread(posted[1].decode()), at))
            return _OK
        if not path.startswith("/v1/monitors/"):
            self._calls[f"other: {path}"] += 1
            return b'{"monitors": []}'
        number = known.number_of_monitor(path)
        if path.endswith("/events"):
            self._calls["events"] += 1
            return _events(number, self.generation)
        self._calls["retrieve"] += 1
        return _monitor(number)

    def take(self) -> StandInLog:
        taken = StandInLog(calls=dict(self._calls), posts=self._posts)
        self._calls, self._posts = Counter[str](), []
        return taken


def _monitor(number: int) -> bytes:
    home = MonitorHome(known.thread(number), known.team_id(number), known.APP_ID, "U0BENCH001")
    return json.dumps(
        {
            "monitor_id": known.monitor_id(number),
            "type": "event_stream",
            "status": "active",
            "frequency": "1d",
            "processor": "lite",
            "created_at": "2026-01-01T00:00:00Z",
            "last_run_at": "2026-01-02T00:00:00Z",
            "settings": {"query": _QUERY},
            "metadata": _SIGNER.metadata_of(home, known.monitor_id(number)),
        }
    ).encode()


def _events(number: int, generation: int) -> bytes:
    """A new group before one that is in the thread already."""
    events = [_event(number, listed) for listed in (generation, known.OLD)]
    return json.dumps({"events": events, "next_cursor": None}).encode()


def _event(number: int, generation: int) -> dict[str, object]:
    citation = {"url": "https://example.com/a", "title": "A paper", "excerpts": ["…"]}
    content = "A new paper on language models was published by a university. " * 4
    return {
        "event_type": "event_stream",
        "event_id": known.event_id(generation, number),
        "event_group_id": known.group_id(generation, number),
        "event_date": "2026-01-02",
        "output": {
            "type": "text",
            "content": content,
            "basis": [{"field": "output", "citations": [citation], "confidence": "high"}],
        },
    }


class Connection(asyncio.Protocol):
    """HTTP/1.1, kept alive, bodies with a length: all that the two clients send."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._got = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0 or self._transport is None:
            return
        length = _LENGTH.search(self._got, 0, end)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self._got) < whole:
            return
        path = self._got.split(b" ", 2)[1].decode()
        body = self._got[end + 4 : whole]
        self._got = self._got[whole:]
        answer = self._world.answer(path, body)
        head = (
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            f"content-length: {len(answer)}\r\n\r\n"
        )
        self._transport.write(head.encode() + answer)


async def _serve() -> None:
    world = World()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(world), HOST, 0)
    async with server:
        say(str(server.sockets[0].getsockname()[1]))
        async for line in await standard_input():
            match line.decode().split():
                case ["generation", number]:
                    world.generation = int(number)
                    say("{}")
                case _:
                    say(world.take().model_dump_json())


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())


if __name__ == "__main__":
    main()
