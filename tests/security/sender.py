"""Sends bytes over many connections at once and counts what is answered.

Requests go in pipelined batches over connections that are kept alive; one that may end its
connection gets a connection of its own. Nothing of an answer is read but its status, its length
and what must be in no answer.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from tests.security.http_bytes import BadRequest

BATCH: Final = 16
CONNECTIONS: Final = 8
_ANSWER_SECONDS: Final = 30.0
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_SAFE: Final = b"x-content-type-options: nosniff"
# In the head of no answer: ours go to PUBLIC_URL and Slack alone, and other sites may read none.
_NEVER_IN_HEAD: Final = (b"evil.example", b"access-control-allow")
_NEVER_IN_BODY: Final = (b"Traceback", b'File "', b"<script")


@dataclass(slots=True)
class Tally:
    """What became of one door's requests; `problems` names what must not be."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter[int])
    unanswered: int = 0
    problems: list[str] = field(default_factory=list[str])

    def of_hundred(self, hundred: int) -> int:
        return sum(count for status, count in self.statuses.items() if status // 100 == hundred)


@dataclass(frozen=True, slots=True)
class Target:
    host: str
    port: int


async def send_all(target: Target, requests: Iterable[BadRequest]) -> Tally:
    """Until each was sent and answered, or its connection ended."""
    tally = Tally()
    waiting = iter(requests)

    async def work() -> None:
        while batch := list(islice(waiting, BATCH)):
            tally.sent += len(batch)
            kept = [each for each in batch if not each.ends_connection]
            done = await _send(target, kept, tally) if kept else 0
            # Behind an answer that ended the connection nothing was read: send it again, alone.
            for each in [*kept[done:], *(each for each in batch if each.ends_connection)]:
                if not await _send(target, [each], tally):
                    tally.unanswered += 1
                    if each.refused and not each.ends_connection:
                        tally.problems.append(f"no answer to {each.kind}: {each.raw[:200]!r}")

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(work())
    return tally


async def _send(target: Target, batch: Sequence[BadRequest], tally: Tally) -> int:
    """How many of the batch were answered."""
    reader, writer = await asyncio.open_connection(target.host, target.port)
    answered = 0
    try:
        writer.write(b"".join(each.raw for each in batch))
        if batch[-1].ends_connection:
            # It may wait for more that never comes: say that this was all.
            writer.write_eof()
        async with asyncio.timeout(_ANSWER_SECONDS):
            for each in batch:
                _note(each, *await _answer(reader, each), tally)
                answered += 1
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    except TimeoutError:
        tally.problems.append(f"hangs: {batch[answered].raw[:200]!r}")
    finally:
        writer.transport.abort()
    return answered


async def _answer(reader: asyncio.StreamReader, asked: BadRequest) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    is_bodiless = asked.head or asked.raw.startswith(b"HEAD ")
    body = b"" if length is None or is_bodiless else await reader.readexactly(int(length[1]))
    return head, body


def _note(asked: BadRequest, head: bytes, body: bytes, tally: Tally) -> None:
    status = int(head[9:12])
    tally.statuses[status] += 1
    lower = head.lower()
    wrong = [
        *(f"{text!r} in the head" for text in _NEVER_IN_HEAD if text in lower),
        *(f"{text!r} in the body" for text in _NEVER_IN_BODY if text in body),
    ]
    if _SAFE not in lower:
        wrong.append("no nosniff")
    if status // 100 == 5 or (asked.refused and status // 100 != 4):
        # The body of a 503 says what had no answer in time: on a busy machine, /readyz may say so.
        wrong.append(f"answered {status} ({body[:200]!r})")
    if wrong:
        tally.problems.append(f"{', '.join(wrong)}: {asked.kind}: {asked.raw[:400]!r}")
