from dataclasses import dataclass

import anyio
import pytest

from monitors.model.workspace import Workspace
from tests.contracts.conftest import Shared

pytestmark = pytest.mark.anyio

HERE = Workspace("T1")
ELSEWHERE = Workspace("T2")
NOBODY = Workspace("")

# Redis answers in whole milliseconds, rounded up.
MILLISECOND = 0.002


@dataclass
class Sender:
    """Posts whenever it may, and counts."""

    shared: Shared
    posted: int = 0

    async def post(self, *channels: str, times: int = 1) -> list[float]:
        """Ask for each channel so often, and return how long it was told to wait."""
        waits: list[float] = []
        for _ in range(times):
            for channel in channels or ("C1",):
                wait = await self.shared.limits.wait_seconds(HERE, channel)
                self.posted += wait == 0
                waits.append(wait)
        return waits


@pytest.fixture
def sender(shared: Shared) -> Sender:
    return Sender(shared)


async def test_a_channel_takes_ten_at_once_and_one_a_second_from_then_on(
    shared: Shared, sender: Sender
) -> None:
    assert await sender.post(times=10) == [0] * 10
    for _ in range(3):
        (wait,) = await sender.post()
        assert wait == pytest.approx(1, abs=MILLISECOND)
        await shared.pass_time(wait)
        assert await sender.post() == [0]


async def test_a_channel_left_alone_takes_ten_at_once_again(shared: Shared, sender: Sender) -> None:
    await sender.post(times=10)
    await shared.pass_time(600)
    assert [wait > 0 for wait in await sender.post(times=11)] == [False] * 10 + [True]


async def test_all_who_wait_come_back_one_after_the_other(shared: Shared, sender: Sender) -> None:
    await sender.post(times=10)
    waits = await sender.post(times=4)
    assert waits == pytest.approx([1, 2, 3, 4], abs=MILLISECOND)
    for _ in waits:
        await shared.pass_time(1)
        assert await sender.post() == [0]


async def test_a_line_is_never_longer_than_five_minutes(sender: Sender) -> None:
    waits = await sender.post(times=400)
    assert waits[-1] == pytest.approx(301, abs=MILLISECOND)


async def test_a_busy_channel_does_not_keep_another_waiting(sender: Sender) -> None:
    await sender.post(times=100)
    assert await sender.post("C2") == [0]


async def test_a_refusal_by_the_channel_takes_nothing_from_the_workspace(
    sender: Sender,
) -> None:
    await sender.post(times=200)
    channels = [f"C{number}" for number in range(2, 52)]
    assert await sender.post(*channels) == [0] * 50


async def test_a_workspace_takes_sixty_at_once_and_four_a_second_from_then_on(
    shared: Shared, sender: Sender
) -> None:
    channels = [f"C{number}" for number in range(60)]
    assert await sender.post(*channels) == [0] * 60
    waits = await sender.post("other", "another", "a third")
    assert waits == pytest.approx([0.25, 0.5, 0.75], abs=MILLISECOND)
    await shared.pass_time(0.25)
    assert await sender.post("other") == [0]


async def test_a_refusal_by_the_workspace_takes_nothing_from_the_channel(
    shared: Shared, sender: Sender
) -> None:
    await sender.post(*(f"C{number}" for number in range(60)))
    await sender.post("other", times=20)
    await shared.pass_time(60)
    assert await sender.post("other", times=10) == [0] * 10


async def test_no_more_than_three_hundred_leave_a_workspace_in_a_minute(
    shared: Shared, sender: Sender
) -> None:
    for _ in range(60):
        await sender.post(*(f"C{number}" for number in range(12)))
        await shared.pass_time(1)
    assert 240 <= sender.posted <= 300


async def test_who_was_told_to_wait_waits(shared: Shared, sender: Sender) -> None:
    await shared.limits.told_to_wait(HERE, 30)
    await shared.limits.told_to_wait(HERE, 5)
    assert await sender.post("C1", "C2") == pytest.approx([30, 30.25], abs=MILLISECOND)
    assert await shared.limits.wait_seconds(ELSEWHERE, "C1") == 0
    await shared.pass_time(29.5)
    assert [wait > 0 for wait in await sender.post()] == [True]
    await shared.pass_time(0.5)
    assert await sender.post(times=10) == [0] * 10, "who waited has used nothing up"


async def test_those_told_to_wait_do_not_all_come_back_at_once(
    shared: Shared, sender: Sender
) -> None:
    await shared.limits.told_to_wait(HERE, 600)
    assert await sender.post(times=3) == pytest.approx([600, 601, 602], abs=MILLISECOND)


async def test_of_many_that_ask_at_once_no_more_get_a_place_than_there_are(
    sender: Sender,
) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(16):
            tasks.start_soon(sender.post)
    assert sender.posted == 10


async def test_workspaces_never_meet_in_the_limits(shared: Shared, sender: Sender) -> None:
    await sender.post(times=100)
    assert await shared.limits.wait_seconds(ELSEWHERE, "C1") == 0


async def test_an_account_makes_no_more_than_three_hundred_monitors_a_minute(
    shared: Shared,
) -> None:
    made = 0
    for _ in range(120):
        for _ in range(10):
            made += await shared.limits.create_wait_seconds("endpoint_1", HERE) == 0
        await shared.pass_time(0.5)
    assert 275 <= made <= 300
    assert await shared.limits.create_wait_seconds("endpoint_2", HERE) == 0


async def test_who_waits_as_long_as_told_can_make_a_monitor(shared: Shared) -> None:
    while not (wait := await shared.limits.create_wait_seconds("endpoint_1", HERE)):
        pass
    assert wait == pytest.approx(0.25, abs=MILLISECOND)
    await shared.pass_time(wait)
    assert await shared.limits.create_wait_seconds("endpoint_1", HERE) == 0


async def test_the_limits_keep_nothing_for_nobody(shared: Shared) -> None:
    for call in (
        lambda: shared.limits.wait_seconds(NOBODY, "C1"),
        lambda: shared.limits.told_to_wait(NOBODY, 1),
    ):
        with pytest.raises(ValueError, match="team_id is empty"):
            await call()


@pytest.mark.thorough
async def test_a_flood_of_four_workspaces_leaves_a_place_for_the_fifth(shared: Shared) -> None:
    """As it begins, and while it goes on: each that waits comes back when told."""
    flood = [Workspace(f"T1{number}") for number in range(4)]
    made = dict.fromkeys(flood, 0)
    waits = {each: [0.0] * 200 for each in flood}
    for tenth in range(600):
        for each in flood:
            for number, due in enumerate(waits[each]):
                if due <= tenth / 10:
                    wait = await shared.limits.create_wait_seconds("endpoint_1", each)
                    made[each] += wait == 0
                    waits[each][number] = tenth / 10 + wait if wait else float("inf")
        if tenth in {0, 300, 301, 302}:
            assert await shared.limits.create_wait_seconds("endpoint_1", HERE) == 0
        await shared.pass_time(0.1)
    assert 275 <= sum(made.values()) + 4 <= 300
    assert min(made.values()) >= 24, "each has its share"


async def test_a_line_of_one_workspace_is_not_anothers(shared: Shared) -> None:
    for _ in range(200):
        await shared.limits.create_wait_seconds("endpoint_1", ELSEWHERE)
    waits = [await shared.limits.create_wait_seconds("endpoint_1", HERE) for _ in range(10)]
    assert waits[:3] == [0] * 3
    assert max(waits) < 3
