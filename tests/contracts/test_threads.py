import pytest

from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import ThreadIndex

pytestmark = pytest.mark.anyio

HERE = Workspace("T1")
ELSEWHERE = Workspace("T2")
NOBODY = Workspace("")
THREAD = ThreadRef("C1", "1700000000.000100")


async def test_a_remembered_thread_is_known(threads: ThreadIndex) -> None:
    assert await threads.monitor_in(HERE, THREAD) is None
    await threads.remember(HERE, "monitor_1", THREAD)
    assert await threads.monitor_in(HERE, THREAD) == "monitor_1"
    assert await threads.monitor_in(HERE, ThreadRef("C2", THREAD.ts)) is None
    assert await threads.monitor_in(HERE, ThreadRef("C1", "1700000000.000101")) is None


async def test_the_last_monitor_of_a_thread_counts(threads: ThreadIndex) -> None:
    await threads.remember(HERE, "monitor_1", THREAD)
    await threads.remember(HERE, "monitor_2", THREAD)
    assert await threads.monitor_in(HERE, THREAD) == "monitor_2"


async def test_forgetting_a_monitor_leaves_its_successor(threads: ThreadIndex) -> None:
    await threads.remember(HERE, "monitor_2", THREAD)
    await threads.forget(HERE, "monitor_1", THREAD)
    assert await threads.monitor_in(HERE, THREAD) == "monitor_2"
    await threads.forget(HERE, "monitor_2", THREAD)
    assert await threads.monitor_in(HERE, THREAD) is None
    await threads.forget(HERE, "monitor_2", THREAD)


async def test_workspaces_never_meet_in_the_thread_index(threads: ThreadIndex) -> None:
    await threads.remember(HERE, "monitor_1", THREAD)
    await threads.forget(ELSEWHERE, "monitor_1", THREAD)
    assert await threads.monitor_in(ELSEWHERE, THREAD) is None
    assert await threads.monitor_in(HERE, THREAD) == "monitor_1"


async def test_the_thread_index_keeps_nothing_for_nobody(threads: ThreadIndex) -> None:
    for call in (
        lambda: threads.remember(NOBODY, "monitor_1", THREAD),
        lambda: threads.monitor_in(NOBODY, THREAD),
        lambda: threads.forget(NOBODY, "monitor_1", THREAD),
    ):
        with pytest.raises(ValueError, match="team_id is empty"):
            await call()
