import asyncio
import gc
from collections.abc import Sequence

import pytest

from monitors.storage.batching import Batching

pytestmark = pytest.mark.anyio


class Disk:
    """Writes when told to; `batches` is what arrived, in order."""

    def __init__(self, *, fails: bool = False) -> None:
        self.batches: list[list[int]] = []
        self.may_write = asyncio.Event()
        self._fails = fails

    async def write(self, items: Sequence[int]) -> list[str]:
        self.batches.append(list(items))
        await self.may_write.wait()
        if self._fails:
            raise OSError("full")
        return [f"kept {item}" for item in items]


async def rest() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_arrives_during_a_write_travels_together_in_the_next() -> None:
    disk = Disk()
    batching = Batching(disk.write, most=10)
    first = asyncio.create_task(batching.add(0))
    await rest()
    others = [asyncio.create_task(batching.add(number)) for number in (1, 2, 3)]
    await rest()
    assert disk.batches == [[0]]
    disk.may_write.set()
    assert await asyncio.gather(first, *others) == ["kept 0", "kept 1", "kept 2", "kept 3"]
    assert disk.batches == [[0], [1, 2, 3]]


async def test_no_batch_is_larger_than_allowed() -> None:
    disk = Disk()
    disk.may_write.set()
    batching = Batching(disk.write, most=2)
    answers = await asyncio.gather(*(batching.add(number) for number in range(5)))
    assert answers == [f"kept {number}" for number in range(5)]
    assert disk.batches == [[0, 1], [2, 3], [4]]


async def test_every_caller_of_a_batch_hears_that_it_failed_and_the_next_one_is_written() -> None:
    disk = Disk(fails=True)
    disk.may_write.set()
    batching = Batching(disk.write, most=10)
    for _ in range(2):
        answers = await asyncio.gather(batching.add(1), batching.add(2), return_exceptions=True)
        assert [str(answer) for answer in answers] == ["full", "full"]


async def test_a_caller_that_gives_up_takes_no_other_with_it() -> None:
    disk = Disk()
    batching = Batching(disk.write, most=10)
    impatient = asyncio.create_task(batching.add(1))
    patient = asyncio.create_task(batching.add(2))
    await rest()
    impatient.cancel()
    await rest()
    disk.may_write.set()
    assert await patient == "kept 2"
    assert impatient.cancelled()


async def test_an_error_that_nobody_waits_for_any_more_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Where Redis is away, callers and the write run out of time together."""
    disk = Disk(fails=True)
    batching = Batching(disk.write, most=10)
    caller = asyncio.create_task(batching.add(1))
    await rest()
    caller.cancel()
    disk.may_write.set()
    await rest()
    del batching, caller
    gc.collect()
    assert caplog.text == ""
