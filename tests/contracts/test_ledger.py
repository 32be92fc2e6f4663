from datetime import timedelta

import anyio
import pytest

from monitors.domain.ledger import Baseline, LedgerKey, LedgerRow, PostState
from monitors.domain.workspace import Workspace
from tests.contracts.conftest import Clock, Records

pytestmark = pytest.mark.anyio

HERE = Workspace("T1", "E1")
ELSEWHERE = Workspace("T2", "E1")
NOBODY = Workspace("")
KEY = LedgerKey("monitor_1", "mevtgrp_1", 0)


async def test_a_part_met_first_is_new_and_from_then_on_posting(records: Records) -> None:
    ledger = records.ledger
    assert await ledger.posting(HERE, KEY, channel="C1") == LedgerRow(KEY, PostState.NEW, "C1")
    row = LedgerRow(KEY, PostState.POSTING, "C1")
    assert await ledger.posting(HERE, KEY, channel="C2") == row
    assert await ledger.rows(HERE, "monitor_1", "mevtgrp_1") == [row]


async def test_a_posted_part_stays_posted(records: Records) -> None:
    ledger = records.ledger
    await ledger.posting(HERE, KEY, channel="C1")
    await ledger.posted(HERE, KEY, ts="1700000000.000100")
    row = LedgerRow(KEY, PostState.POSTED, "C1", "1700000000.000100")
    assert await ledger.posting(HERE, KEY, channel="C1") == row
    await ledger.refused(HERE, KEY)
    assert await ledger.rows(HERE, "monitor_1", "mevtgrp_1") == [row]


async def test_a_refused_part_is_new_again(records: Records) -> None:
    ledger = records.ledger
    await ledger.posting(HERE, KEY, channel="C1")
    await ledger.refused(HERE, KEY)
    assert await ledger.rows(HERE, "monitor_1", "mevtgrp_1") == []
    assert (await ledger.posting(HERE, KEY, channel="C2")).state is PostState.NEW


async def test_a_post_whose_row_was_lost_is_kept(records: Records) -> None:
    await records.ledger.posted(HERE, KEY, ts="1.2")
    row = await records.ledger.posting(HERE, KEY, channel="C1")
    assert (row.state, row.ts) == (PostState.POSTED, "1.2")


async def test_of_many_that_begin_the_same_part_one_is_first(records: Records) -> None:
    states: list[PostState] = []

    async def begin() -> None:
        states.append((await records.ledger.posting(HERE, KEY, channel="C1")).state)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(begin)
    assert sorted(states) == [PostState.NEW] + [PostState.POSTING] * 7


async def test_beginning_and_refusing_at_once_ends_in_one_of_both(records: Records) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(lambda: records.ledger.posting(HERE, KEY, channel="C1"))
            tasks.start_soon(records.ledger.refused, HERE, KEY)
    rows = await records.ledger.rows(HERE, "monitor_1", "mevtgrp_1")
    assert rows in ([], [LedgerRow(KEY, PostState.POSTING, "C1")])


async def test_rows_come_by_part_and_for_their_group_alone(records: Records) -> None:
    keys = [LedgerKey("monitor_1", "mevtgrp_1", part) for part in (10, 2, 0)]
    others = [LedgerKey("monitor_1", "mevtgrp_2", 1), LedgerKey("monitor_2", "mevtgrp_1", 1)]
    for key in keys + others:
        await records.ledger.posting(HERE, key, channel="C1")
    rows = await records.ledger.rows(HERE, "monitor_1", "mevtgrp_1")
    assert [row.key.part for row in rows] == [0, 2, 10]


async def test_workspaces_never_meet_in_the_ledger(records: Records) -> None:
    ledger = records.ledger
    await ledger.posting(HERE, KEY, channel="C1")
    await ledger.refused(ELSEWHERE, KEY)
    assert await ledger.rows(ELSEWHERE, "monitor_1", "mevtgrp_1") == []
    assert (await ledger.posting(ELSEWHERE, KEY, channel="C9")).state is PostState.NEW
    await ledger.posted(ELSEWHERE, KEY, ts="1.2")
    rows = await ledger.rows(HERE, "monitor_1", "mevtgrp_1")
    assert rows == [LedgerRow(KEY, PostState.POSTING, "C1")]


async def test_the_ledger_keeps_nothing_for_nobody(records: Records) -> None:
    for call in (
        lambda: records.ledger.posting(NOBODY, KEY, channel="C1"),
        lambda: records.ledger.posted(NOBODY, KEY, ts="1.2"),
        lambda: records.ledger.refused(NOBODY, KEY),
        lambda: records.ledger.rows(NOBODY, "monitor_1", "mevtgrp_1"),
    ):
        with pytest.raises(ValueError, match="team_id is empty"):
            await call()


async def test_a_baseline_is_set_once(records: Records, clock: Clock) -> None:
    first = Baseline("monitor_1", "endpoint_1", clock.now)
    later = Baseline("monitor_1", "endpoint_2", clock.now + timedelta(days=1))
    await records.baselines.set_baseline(HERE, first)
    await records.baselines.set_baseline(HERE, later)
    assert await records.baselines.baseline(HERE, "monitor_1") == first


async def test_workspaces_never_meet_in_baselines(records: Records, clock: Clock) -> None:
    await records.baselines.set_baseline(HERE, Baseline("monitor_1", "endpoint_1", clock.now))
    assert await records.baselines.baseline(ELSEWHERE, "monitor_1") is None
    with pytest.raises(ValueError, match="team_id is empty"):
        await records.baselines.set_baseline(NOBODY, Baseline("monitor_1", "e", clock.now))
    with pytest.raises(ValueError, match="team_id is empty"):
        await records.baselines.baseline(NOBODY, "monitor_1")
