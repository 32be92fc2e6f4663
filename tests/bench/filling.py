"""Monitors by the hundred thousand: a row each in monitors and ledger."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, bindparam, insert, text, update

from monitors.model.ledger import PostState
from monitors.storage.database import Database, open_database
from monitors.storage.tables import LedgerTable, MonitorTable
from tests.bench import known
from tests.bench.plan import ServerReady

_AT_ONCE: Final = 10_000
_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)


async def fill(
    numbers: Iterable[int], ready: ServerReady, *, database_url: str | None, data_dir: Path
) -> None:
    """Known to the app as after one delivery each; those that are known must not be among them."""
    async with aclosing(open_database(database_url, data_dir)) as database:
        for some in _batches(numbers):
            await _insert(database, some, endpoint_id=ready.endpoint_id)
        if database.dialect == "postgresql":
            await database.write(lambda connection: connection.execute(text("ANALYZE")))


async def forget(numbers: Sequence[int], *, database_url: str | None, data_dir: Path) -> None:
    """Move their cursors back, so that what is listed next counts as found since."""
    statement = (
        update(MonitorTable)
        .where(MonitorTable.c.team_id == bindparam("team"))
        .where(MonitorTable.c.monitor_id == bindparam("monitor"))
        .values(cursor=bindparam("old"))
    )
    rows = [
        {
            "team": known.team_id(number),
            "monitor": known.monitor_id(number),
            "old": _cursor(number),
        }
        for number in numbers
    ]
    async with aclosing(open_database(database_url, data_dir)) as database:
        await database.write(lambda connection: connection.execute(statement, rows))


def _batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    left = iter(numbers)
    while some := list(islice(left, _AT_ONCE)):
        yield some


async def _insert(database: Database, numbers: Sequence[int], *, endpoint_id: str) -> None:
    def work(connection: Connection) -> None:
        monitors = [_monitor(number, endpoint_id) for number in numbers]
        connection.execute(insert(MonitorTable), monitors)
        connection.execute(insert(LedgerTable), [_posted(number) for number in numbers])

    await database.write(work)


def _monitor(number: int, endpoint_id: str) -> dict[str, object]:
    home = known.thread(number)
    return {
        "team_id": known.team_id(number),
        "monitor_id": known.monitor_id(number),
        "enterprise_id": "",
        "endpoint_id": endpoint_id,
        "channel": home.channel,
        "thread_ts": home.ts,
        "cursor": _cursor(number),
        "last_run_seen": _SINCE.isoformat(),
        "last_run_shown": "",
        "findings_wait": False,
        "is_signed": True,
    }


def _cursor(number: int) -> str:
    return json.dumps([known.event_id(known.OLD, number)])


def _posted(number: int) -> dict[str, object]:
    home = known.thread(number)
    event_id = known.event_id(known.OLD, number)
    return {
        "team_id": known.team_id(number),
        "monitor_id": known.monitor_id(number),
        "event_id": event_id,
        "part": 0,
        "enterprise_id": "",
        "state": PostState.POSTED.value,
        "channel": home.channel,
        "message_key": f"{known.monitor_id(number)}/{event_id}/0",
        "ts": home.ts,
        "not_before": _SINCE,
        "changed_at": datetime.now(UTC),
    }
