"""The ledger: of any that race one posts a message; what is in doubt is nobody's for a while."""

from datetime import timedelta

import anyio
import pytest

from monitors.delivery.ledger import Taken
from monitors.model.ledger import EventPart, Post, PostState
from monitors.model.message import Message
from monitors.model.workspace import Workspace
from tests.contracts.conftest import Clock, Delivered

pytestmark = pytest.mark.anyio

HERE = Workspace("T1", "E1")
ELSEWHERE = Workspace("T2", "E1")
TS = "1700000000.000100"
LATER = timedelta(seconds=25)


def a_post(*events: str, key: str = "", monitor_id: str = "monitor_1") -> Post:
    shows = tuple(EventPart(event) for event in events)
    return Post(monitor_id, shows, Message(text="news"), key or f"{monitor_id}/group/{events[0]}/0")


async def take(
    delivered: Delivered,
    clock: Clock,
    post: Post,
    *,
    workspace: Workspace = HERE,
    unless: str | None = None,
) -> bool:
    mine = taken(clock, post, workspace=workspace)
    return await delivered.ledger.take(mine, post, channel="C1", at=clock.now, unless=unless)


def taken(clock: Clock, post: Post, *, workspace: Workspace = HERE) -> Taken:
    return Taken(workspace, post.monitor_id, post.message_key, clock.now + LATER)


async def states(delivered: Delivered, *events: str) -> dict[str, PostState]:
    rows = await delivered.ledger.rows(HERE, "monitor_1", events)
    return {part.event_id: row.state for part, row in rows.items()}


async def test_a_message_met_first_is_the_callers_and_no_one_elses(
    delivered: Delivered, clock: Clock
) -> None:
    assert await take(delivered, clock, a_post("e1"))
    assert not await take(delivered, clock, a_post("e1"))
    (row,) = (await delivered.ledger.rows(HERE, "monitor_1", ["e1", "e2"])).values()
    assert (row.state, row.channel, row.ts) == (PostState.POSTING, "C1", None)
    assert (row.changed_at, row.not_before) == (clock.now, clock.now + LATER)


async def test_of_many_that_take_a_message_one_gets_it(delivered: Delivered, clock: Clock) -> None:
    answers: list[bool] = []

    async def attempt() -> None:
        answers.append(await take(delivered, clock, a_post("e2", "e1")))

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(attempt)
    assert sorted(answers) == [False] * 7 + [True]


async def test_a_message_is_taken_whole_or_not_at_all(delivered: Delivered, clock: Clock) -> None:
    assert await take(delivered, clock, a_post("e2"))
    assert not await take(delivered, clock, a_post("e1", "e2", "e3"))
    assert await states(delivered, "e1", "e2", "e3") == {"e2": PostState.POSTING}


async def test_what_was_settled_as_a_group_before_is_not_taken(
    delivered: Delivered, clock: Clock
) -> None:
    await take(delivered, clock, a_post("group:g1"))
    assert not await take(delivered, clock, a_post("e1"), unless="group:g1")
    assert await take(delivered, clock, a_post("e1"), unless="group:g2")


async def test_the_rows_of_a_message_are_recorded_together_and_stay(
    delivered: Delivered, clock: Clock
) -> None:
    post = a_post("e1", "e2")
    await take(delivered, clock, post)
    await delivered.ledger.posted(taken(clock, post), ts=TS)
    await delivered.ledger.release(taken(clock, post))
    await delivered.ledger.dead(taken(clock, post))
    posted = PostState.POSTED
    assert await states(delivered, "e1", "e2") == {"e1": posted, "e2": posted}
    assert not await take(delivered, clock, a_post("e2"))


async def test_a_refused_message_is_new_again(delivered: Delivered, clock: Clock) -> None:
    post = a_post("e1", "e2")
    await take(delivered, clock, post)
    await delivered.ledger.release(taken(clock, post))
    assert await states(delivered, "e1", "e2") == {}
    assert await take(delivered, clock, post)


async def test_of_two_that_settle_a_doubt_one_gets_it_and_the_late_one_changes_nothing(
    delivered: Delivered, clock: Clock
) -> None:
    post = a_post("e1")
    late = taken(clock, post)
    await take(delivered, clock, post)
    (row,) = (await delivered.ledger.rows(HERE, "monitor_1", ["e1"])).values()
    clock.advance(seconds=30)
    mine = taken(clock, post)
    assert await delivered.ledger.take_over(mine, row)
    assert not await delivered.ledger.take_over(mine, row)
    await delivered.ledger.release(late)
    await delivered.ledger.dead(late)
    await delivered.ledger.postpone(late, not_before=clock.now)
    (row,) = (await delivered.ledger.rows(HERE, "monitor_1", ["e1"])).values()
    assert (row.state, row.not_before) == (PostState.POSTING, mine.not_before)
    await delivered.ledger.posted(late, ts=TS)
    assert await states(delivered, "e1") == {"e1": PostState.POSTED}


async def test_a_doubt_can_be_put_off(delivered: Delivered, clock: Clock) -> None:
    post = a_post("e1")
    await take(delivered, clock, post)
    later = clock.now + 3 * LATER
    await delivered.ledger.postpone(taken(clock, post), not_before=later)
    (row,) = (await delivered.ledger.rows(HERE, "monitor_1", ["e1"])).values()
    assert row.not_before == later


async def test_workspaces_and_monitors_do_not_meet(delivered: Delivered, clock: Clock) -> None:
    assert await take(delivered, clock, a_post("e1"))
    assert await take(delivered, clock, a_post("e1"), workspace=ELSEWHERE)
    assert await take(delivered, clock, a_post("e1", monitor_id="monitor_2"))


async def test_a_row_of_nobody_is_refused(delivered: Delivered, clock: Clock) -> None:
    with pytest.raises(ValueError, match="team_id is empty"):
        await take(delivered, clock, a_post("e1"), workspace=Workspace(""))


async def test_what_slack_refuses_for_good_can_be_revived_by_run_or_all(
    delivered: Delivered, clock: Clock
) -> None:
    for group, event in (("g1", "e1"), ("g2", "e2")):
        key = f"monitor_1/{group}/{event}/0"
        await take(delivered, clock, a_post(event, key=key))
        await delivered.ledger.dead(taken(clock, a_post(event, key=key)))
    assert await delivered.ledger.revive(HERE, "monitor_1", "g1") == {"e1"}
    assert await states(delivered, "e1", "e2") == {"e2": PostState.DEAD}
    assert await delivered.ledger.revive(HERE, "monitor_1", "") == {"e2"}


async def test_what_is_forgotten_may_be_posted_by_another_message(
    delivered: Delivered, clock: Clock
) -> None:
    for event in ("e1", "e2"):
        await take(delivered, clock, a_post(event, key=f"key of {event}"))
        await delivered.ledger.posted(taken(clock, a_post(event, key=f"key of {event}")), ts=TS)
    await delivered.ledger.forget(HERE, "monitor_1", "another key")
    await delivered.ledger.forget(ELSEWHERE, "monitor_1", "key of e1")
    await delivered.ledger.forget(HERE, "monitor_2", "key of e1")
    assert len(await states(delivered, "e1", "e2")) == 2
    await delivered.ledger.forget(HERE, "monitor_1", "key of e1")
    assert await states(delivered, "e1", "e2") == {"e2": PostState.POSTED}
    assert await take(delivered, clock, a_post("e1", key="a new key"))


async def test_old_settled_rows_are_pruned_and_those_in_doubt_never(
    delivered: Delivered, clock: Clock
) -> None:
    for event in ("e1", "e2", "e3"):
        await take(delivered, clock, a_post(event))
    await delivered.ledger.posted(taken(clock, a_post("e1")), ts=TS)
    await delivered.ledger.dead(taken(clock, a_post("e2")))
    assert await delivered.ledger.prune(clock.now) == 0
    assert await delivered.ledger.prune(clock.now + LATER) == 2
    assert await states(delivered, "e1", "e2", "e3") == {"e3": PostState.POSTING}


async def test_what_is_left_out_counts_once_for_its_monitor_and_is_final(
    delivered: Delivered, clock: Clock
) -> None:
    ledger = delivered.ledger
    await take(delivered, clock, a_post("e3"))
    for _ in range(2):
        await ledger.leave_out(HERE, "monitor_1", ["e1", "e2", "e3"])
    assert await ledger.left_out(HERE, "monitor_1") == 2
    assert await ledger.left_out(HERE, "monitor_2") == 0
    assert await ledger.left_out(ELSEWHERE, "monitor_1") == 0
    assert not await take(delivered, clock, a_post("e1"))
    clock.advance(days=1)
    assert await ledger.prune(clock.now) == 2
    assert await ledger.left_out(HERE, "monitor_1") == 0
