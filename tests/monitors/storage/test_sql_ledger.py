from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.delivery.ledger import PRUNE_BATCH, SqlLedger
from monitors.model.ledger import LedgerKey, PostState
from monitors.model.workspace import Workspace
from monitors.storage.tables import LedgerTable

pytestmark = pytest.mark.anyio

HERE = Workspace("T1")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


async def posted(engine: AsyncEngine, *, groups: int, changed_at: datetime) -> None:
    rows = [
        {
            "team_id": "T1",
            "monitor_id": "monitor_1",
            "group_id": f"{changed_at.isoformat()}-{number}",
            "part": 0,
            "parts": 1,
            "state": "posted",
            "channel": "C1",
            "ts": "1700000000.000100",
            "changed_at": changed_at,
        }
        for number in range(groups)
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(LedgerTable), rows)


async def test_old_rows_are_pruned_in_batches_and_later_ones_stay(engine: AsyncEngine) -> None:
    await posted(engine, groups=2 * PRUNE_BATCH + 1, changed_at=NOON)
    await posted(engine, groups=2, changed_at=NOON + DAY)
    ledger = SqlLedger(engine)
    assert await ledger.prune(NOON + DAY) == 2 * PRUNE_BATCH + 1
    assert await ledger.prune(NOON + DAY) == 0
    assert await ledger.prune(NOON + 2 * DAY) == 2


async def test_what_is_not_settled_is_never_pruned(engine: AsyncEngine) -> None:
    ledger = SqlLedger(engine, now=lambda: NOON)
    keys = [LedgerKey("monitor_1", "mevtgrp_1", part) for part in range(4)]
    for key in keys:
        await ledger.posting(HERE, key, parts=4, channel="C1")
    await ledger.keep(HERE, keys[0], PostState.POSTED, ts="1700000000.000100")
    await ledger.keep(HERE, keys[1], PostState.DEAD)
    await ledger.keep(HERE, keys[2], PostState.UNCERTAIN)
    assert await ledger.prune(NOON + DAY) == 2
    states = [(await ledger.posting(HERE, key, parts=4, channel="C1")).state for key in keys]
    assert states == [PostState.NEW, PostState.NEW, PostState.UNCERTAIN, PostState.POSTING]
