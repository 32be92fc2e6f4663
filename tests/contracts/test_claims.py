import anyio
import pytest

from monitors.model.workspace import Workspace
from monitors.storage.keys import CLAIM_TTL_SECONDS, RUN_TTL_SECONDS, WANTED_TTL_SECONDS
from tests.contracts.conftest import LEASE_SECONDS, Shared

pytestmark = pytest.mark.anyio

HERE = Workspace("T1")
ELSEWHERE = Workspace("T2")
NOBODY = Workspace("")
NOTHING: frozenset[str] = frozenset()


async def take(shared: Shared, holder: str, wanted: str = "") -> frozenset[str] | None:
    return await shared.claims.take(HERE, "monitor_1", holder=holder, wanted=wanted)


async def release(shared: Shared, holder: str, *done: str) -> bool:
    return await shared.claims.release(HERE, "monitor_1", holder=holder, done=frozenset(done))


async def test_one_holds_the_claim_and_hears_what_the_others_want(shared: Shared) -> None:
    assert await take(shared, "a", "group_1") == {"group_1"}
    assert await take(shared, "b", "group_2") is None
    assert await take(shared, "c", "group_2") is None
    assert await take(shared, "reconciler") is None
    assert await take(shared, "a", "group_1") == {"group_1", "group_2"}


async def test_nothing_wanted_is_nothing(shared: Shared) -> None:
    assert await take(shared, "reconciler") == NOTHING
    assert await release(shared, "reconciler")


async def test_a_claim_let_go_is_free(shared: Shared) -> None:
    await take(shared, "a", "group_1")
    assert await release(shared, "a", "group_1")
    assert await take(shared, "b", "group_2") == {"group_2"}


async def test_a_claim_stays_while_more_was_wanted_meanwhile(shared: Shared) -> None:
    await take(shared, "a", "group_1")
    await take(shared, "b", "group_2")
    assert not await release(shared, "a", "group_1")
    assert await take(shared, "b", "group_3") is None
    assert await take(shared, "a") == {"group_2", "group_3"}
    assert await release(shared, "a", "group_2", "group_3")


async def test_what_another_did_is_done_and_its_claim_its_own(shared: Shared) -> None:
    await take(shared, "a", "group_1")
    await shared.pass_time(CLAIM_TTL_SECONDS + 1)
    assert await take(shared, "b", "group_2") == {"group_1", "group_2"}
    assert await release(shared, "a", "group_1"), "b delivers the rest"
    assert await take(shared, "c") is None
    assert await release(shared, "b", "group_2")


async def test_a_claim_that_ran_out_is_still_let_go_with_all_done(shared: Shared) -> None:
    await take(shared, "a", "group_1")
    await take(shared, "b", "group_2")
    await shared.pass_time(CLAIM_TTL_SECONDS + 1)
    assert not await release(shared, "a", "group_1"), "nobody else would deliver group_2"
    assert await take(shared, "b") is None
    assert await release(shared, "a", "group_2")


async def test_a_crashed_attempts_claim_is_free_in_time(shared: Shared) -> None:
    await take(shared, "a", "group_1")
    await shared.pass_time(CLAIM_TTL_SECONDS - 1)
    assert await take(shared, "b") is None
    await shared.pass_time(2)
    assert await take(shared, "b") == {"group_1"}


async def test_a_held_claim_waits_for_its_holders_next_attempt(shared: Shared) -> None:
    await take(shared, "a", "group_1")
    await shared.claims.hold(HERE, "monitor_1", holder="a", seconds=3600.5)
    await shared.pass_time(3600)
    await shared.claims.hold(HERE, "monitor_1", holder="b", seconds=7200)
    assert await take(shared, "b") is None
    await shared.pass_time(1)
    assert await take(shared, "b") == {"group_1"}


async def test_a_claim_that_ran_out_can_be_held_again(shared: Shared) -> None:
    await shared.claims.hold(HERE, "monitor_1", holder="a", seconds=0)
    await shared.pass_time(1)
    await shared.claims.hold(HERE, "monitor_1", holder="b", seconds=60)
    assert await take(shared, "a") is None


async def test_what_nobody_fetched_in_two_days_is_no_longer_wanted(shared: Shared) -> None:
    await take(shared, "a", "group_1")
    await shared.pass_time(WANTED_TTL_SECONDS + 1)
    assert await take(shared, "b") == NOTHING


async def test_of_many_that_claim_at_once_one_does_and_no_wish_is_lost(shared: Shared) -> None:
    winners: list[str] = []

    async def claim(holder: str) -> None:
        if await take(shared, holder, f"group_{holder}") is not None:
            winners.append(holder)

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(claim, str(number))
    (winner,) = winners
    assert await take(shared, winner) == {f"group_{number}" for number in range(8)}


async def test_letting_go_and_wanting_more_at_once_loses_no_wish(shared: Shared) -> None:
    """Whoever comes while the holder lets go is either heard by it or holds the claim."""
    delivered: set[str] = set()

    async def catch_up(holder: str) -> None:
        wanted = await take(shared, holder, holder)
        while wanted is not None:
            delivered.update(wanted)
            if await release(shared, holder, *wanted):
                return
            wanted = await take(shared, holder)

    async with anyio.create_task_group() as tasks:
        for number in range(16):
            tasks.start_soon(catch_up, f"group_{number}")
    assert delivered == {f"group_{number}" for number in range(16)}


async def test_workspaces_and_monitors_never_meet_in_claims(shared: Shared) -> None:
    await take(shared, "a", "group_1")
    claims = shared.claims
    assert await claims.take(ELSEWHERE, "monitor_1", holder="b", wanted="") == NOTHING
    assert await claims.take(HERE, "monitor_2", holder="b", wanted="") == NOTHING


async def test_the_last_run_seen_is_remembered_until_it_is_too_old(shared: Shared) -> None:
    runs = shared.runs
    assert await runs.run_seen(HERE, "monitor_1") is None
    await runs.remember_run(HERE, "monitor_1", "2026-01-01T00:00:00+00:00")
    await runs.remember_run(HERE, "monitor_1", "2026-01-02T00:00:00+00:00")
    assert await runs.run_seen(HERE, "monitor_1") == "2026-01-02T00:00:00+00:00"
    assert await runs.run_seen(HERE, "monitor_2") is None
    assert await runs.run_seen(ELSEWHERE, "monitor_1") is None
    await shared.pass_time(RUN_TTL_SECONDS)
    assert await runs.run_seen(HERE, "monitor_1") is None


async def test_an_empty_run_makes_the_last_one_unseen(shared: Shared) -> None:
    await shared.runs.remember_run(HERE, "monitor_1", "2026-01-01T00:00:00+00:00")
    for _ in range(2):
        await shared.runs.remember_run(HERE, "monitor_1", "")
        assert await shared.runs.run_seen(HERE, "monitor_1") is None


async def test_one_leads_until_it_lets_go(shared: Shared) -> None:
    first, second = shared.leader("a"), shared.leader("b")
    assert await first.hold()
    assert not await second.hold()
    await second.release()
    assert not await second.hold()
    await first.release()
    assert await second.hold()


async def test_a_leader_that_renews_in_time_leads_on_and_one_that_died_is_followed(
    shared: Shared,
) -> None:
    first, second = shared.leader("a"), shared.leader("b")
    assert await first.hold()
    await shared.pass_time(LEASE_SECONDS - 1)
    assert await first.hold()
    await shared.pass_time(LEASE_SECONDS - 1)
    assert not await second.hold()
    await shared.pass_time(1)
    assert await second.hold()
    assert not await first.hold()


async def test_of_many_that_would_lead_one_does(shared: Shared) -> None:
    leading: list[bool] = []

    async def stand(holder: str) -> None:
        leading.append(await shared.leader(holder).hold())

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(stand, str(number))
    assert sorted(leading) == [False] * 7 + [True]


async def test_claims_and_runs_keep_nothing_for_nobody(shared: Shared) -> None:
    for call in (
        lambda: shared.claims.take(NOBODY, "monitor_1", holder="a", wanted=""),
        lambda: shared.claims.release(NOBODY, "monitor_1", holder="a", done=NOTHING),
        lambda: shared.claims.hold(NOBODY, "monitor_1", holder="a", seconds=1),
        lambda: shared.runs.run_seen(NOBODY, "monitor_1"),
        lambda: shared.runs.remember_run(NOBODY, "monitor_1", "run"),
    ):
        with pytest.raises(ValueError, match="team_id is empty"):
            await call()
