from datetime import timedelta

import anyio
import pytest

from monitors.delivery.ledger import GRACE
from monitors.model.ledger import LedgerKey, LedgerRow, PostState
from monitors.model.workspace import Workspace
from tests.contracts.conftest import Clock, Records

pytestmark = pytest.mark.anyio

HERE = Workspace("T1", "E1")
ELSEWHERE = Workspace("T2", "E1")
NOBODY = Workspace("")
KEY = LedgerKey("monitor_1", "mevtgrp_1", 0)
TS = "1700000000.000100"


async def take(
    records: Records, key: LedgerKey = KEY, *, parts: int = 1, workspace: Workspace = HERE
) -> PostState:
    return (await records.ledger.posting(workspace, key, parts=parts, channel="C1")).state


async def settled(records: Records, *group_ids: str) -> set[str]:
    return set(await records.ledger.settled(HERE, "monitor_1", group_ids or ["mevtgrp_1"]))


async def test_a_part_met_first_is_the_callers_to_post_and_no_one_elses(records: Records) -> None:
    ledger = records.ledger
    new = LedgerRow(KEY, PostState.NEW, "C1")
    assert await ledger.posting(HERE, KEY, parts=1, channel="C1") == new
    row = LedgerRow(KEY, PostState.POSTING, "C1")
    assert await ledger.posting(HERE, KEY, parts=1, channel="C2") == row


async def test_a_posted_part_stays_posted(records: Records) -> None:
    ledger = records.ledger
    await take(records)
    await ledger.keep(HERE, KEY, PostState.POSTED, ts=TS)
    await ledger.keep(HERE, KEY, PostState.UNCERTAIN)
    await ledger.keep(HERE, KEY, PostState.DEAD)
    await ledger.refused(HERE, KEY)
    await ledger.revive(HERE, "monitor_1", "mevtgrp_1")
    row = LedgerRow(KEY, PostState.POSTED, "C1", TS)
    assert await ledger.posting(HERE, KEY, parts=1, channel="C1") == row


async def test_a_part_given_up_and_posted_after_all_is_posted(records: Records) -> None:
    await take(records)
    await records.ledger.keep(HERE, KEY, PostState.DEAD)
    assert await take(records) is PostState.DEAD
    await records.ledger.keep(HERE, KEY, PostState.POSTED, ts=TS)
    assert await take(records) is PostState.POSTED


async def test_a_refused_part_is_new_again(records: Records) -> None:
    await take(records)
    await records.ledger.refused(HERE, KEY)
    assert await take(records) is PostState.NEW


async def test_a_part_in_doubt_is_not_forgotten_by_a_refusal(records: Records) -> None:
    await take(records)
    await records.ledger.keep(HERE, KEY, PostState.UNCERTAIN)
    await records.ledger.refused(HERE, KEY)
    assert await take(records) is PostState.UNCERTAIN


async def test_a_part_in_doubt_is_taken_at_once_for_where_it_goes_now(records: Records) -> None:
    ledger = records.ledger
    await take(records)
    await ledger.keep(HERE, KEY, PostState.UNCERTAIN)
    row = LedgerRow(KEY, PostState.UNCERTAIN, "C2")
    assert await ledger.posting(HERE, KEY, parts=1, channel="C2") == row
    row = LedgerRow(KEY, PostState.POSTING, "C2")
    assert await ledger.posting(HERE, KEY, parts=1, channel="C3") == row


async def test_a_part_left_behind_is_in_doubt_once_its_attempt_must_be_over(
    records: Records, clock: Clock
) -> None:
    await take(records)
    clock.now += GRACE
    assert await take(records) is PostState.POSTING
    clock.now += timedelta(microseconds=1)
    assert await take(records) is PostState.UNCERTAIN
    clock.now += GRACE
    assert await take(records) is PostState.POSTING


@pytest.mark.parametrize("state", [PostState.POSTED, PostState.UNCERTAIN, PostState.DEAD])
async def test_how_a_post_ended_is_kept_though_its_row_was_lost(
    records: Records, state: PostState
) -> None:
    await records.ledger.keep(HERE, KEY, state)
    assert await settled(records) == set(), "nobody knows how many parts there are"
    assert await take(records) is state
    assert await settled(records) == (set() if state is PostState.UNCERTAIN else {"mevtgrp_1"})


async def test_of_many_that_begin_the_same_part_one_is_first(records: Records) -> None:
    assert await race(records) == [PostState.NEW] + [PostState.POSTING] * 7


async def test_of_many_that_meet_a_part_in_doubt_one_takes_it(
    records: Records, clock: Clock
) -> None:
    await take(records)
    await records.ledger.keep(HERE, KEY, PostState.UNCERTAIN)
    assert await race(records) == [PostState.POSTING] * 7 + [PostState.UNCERTAIN]
    clock.now += 2 * GRACE
    assert await race(records) == [PostState.POSTING] * 7 + [PostState.UNCERTAIN]


async def race(records: Records) -> list[PostState]:
    states: list[PostState] = []

    async def begin() -> None:
        states.append(await take(records))

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(begin)
    return sorted(states)


@pytest.mark.parametrize("in_doubt", [True, False])
async def test_the_right_to_post_is_one_attempts_at_a_time(
    records: Records, *, in_doubt: bool
) -> None:
    """Eight attempts take it, and give it back refused or in doubt, over and over."""
    inside = 0
    turns = 0

    async def attempt() -> None:
        nonlocal inside, turns
        while turns < 24:
            if await take(records) is PostState.POSTING:
                continue
            inside += 1
            turns += 1
            await settled(records)  # long enough for another to come in
            assert inside == 1
            inside -= 1
            if in_doubt:
                await records.ledger.keep(HERE, KEY, PostState.UNCERTAIN)
            else:
                await records.ledger.refused(HERE, KEY)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(attempt)


async def test_a_group_is_settled_once_every_part_is_posted_or_given_up(records: Records) -> None:
    ledger = records.ledger
    parts = [LedgerKey("monitor_1", "mevtgrp_1", part) for part in range(3)]
    await take(records, parts[0], parts=3)
    await ledger.keep(HERE, parts[0], PostState.POSTED, ts=TS)
    await take(records, parts[1], parts=3)
    await ledger.keep(HERE, parts[1], PostState.DEAD)
    assert await settled(records) == set()
    await take(records, parts[2], parts=3)
    assert await settled(records) == set()
    await ledger.keep(HERE, parts[2], PostState.UNCERTAIN)
    assert await settled(records) == set()
    await ledger.keep(HERE, parts[2], PostState.POSTED, ts=TS)
    assert await settled(records) == {"mevtgrp_1"}


async def test_settled_are_those_asked_for_alone(records: Records) -> None:
    for monitor_id, group_id in (("monitor_1", "a"), ("monitor_1", "b"), ("monitor_2", "c")):
        key = LedgerKey(monitor_id, group_id, 0)
        await take(records, key)
        await records.ledger.keep(HERE, key, PostState.POSTED, ts=TS)
    assert await settled(records, "a", "c", "z", "a") == {"a"}
    assert await records.ledger.settled(HERE, "monitor_1", []) == frozenset()
    assert await records.ledger.settled(ELSEWHERE, "monitor_1", ["a"]) == frozenset()


async def test_a_group_that_is_split_otherwise_now_is_settled_by_its_new_parts(
    records: Records,
) -> None:
    await take(records, parts=1)
    await records.ledger.keep(HERE, KEY, PostState.POSTED, ts=TS)
    assert await settled(records) == {"mevtgrp_1"}
    assert await take(records, parts=2) is PostState.POSTED
    assert await settled(records) == set()
    second = LedgerKey("monitor_1", "mevtgrp_1", 1)
    await take(records, second, parts=2)
    await records.ledger.keep(HERE, second, PostState.POSTED, ts=TS)
    assert await settled(records) == {"mevtgrp_1"}


async def test_what_was_given_up_can_be_posted_once_it_is_revived(records: Records) -> None:
    ledger = records.ledger
    other = LedgerKey("monitor_1", "mevtgrp_2", 0)
    for key in (KEY, other):
        await take(records, key)
        await ledger.keep(HERE, key, PostState.DEAD)
    await ledger.revive(ELSEWHERE, "monitor_1", "")
    await ledger.revive(HERE, "monitor_2", "")
    assert await settled(records, "mevtgrp_1", "mevtgrp_2") == {"mevtgrp_1", "mevtgrp_2"}
    await ledger.revive(HERE, "monitor_1", "mevtgrp_1")
    assert await settled(records, "mevtgrp_1", "mevtgrp_2") == {"mevtgrp_2"}
    assert await take(records) is PostState.NEW
    await ledger.revive(HERE, "monitor_1", "")
    assert await settled(records, "mevtgrp_1", "mevtgrp_2") == set()
    assert await take(records) is PostState.POSTING, "only what was given up is forgotten"


async def test_workspaces_never_meet_in_the_ledger(records: Records) -> None:
    ledger = records.ledger
    await take(records)
    await ledger.refused(ELSEWHERE, KEY)
    assert await take(records, workspace=ELSEWHERE) is PostState.NEW
    await ledger.keep(ELSEWHERE, KEY, PostState.POSTED, ts=TS)
    assert await take(records) is PostState.POSTING
    assert await settled(records) == set()


async def test_the_ledger_keeps_nothing_for_nobody(records: Records) -> None:
    for call in (
        lambda: records.ledger.posting(NOBODY, KEY, parts=1, channel="C1"),
        lambda: records.ledger.keep(NOBODY, KEY, PostState.POSTED, ts=TS),
        lambda: records.ledger.refused(NOBODY, KEY),
        lambda: records.ledger.settled(NOBODY, "monitor_1", []),
        lambda: records.ledger.revive(NOBODY, "monitor_1", ""),
    ):
        with pytest.raises(ValueError, match="team_id is empty"):
            await call()
