"""Sandbox time: its speed, its jumps, and who sleeps in it."""

import asyncio
import math

import pytest

from sandbox.clock import Clock


def test_time_passes_at_its_speed_and_keeps_what_has_passed() -> None:
    real = [100.0]
    clock = Clock(start=1_000.0, speed=60, monotonic=lambda: real[0])
    real[0] += 1
    assert clock.time() == 1_060
    clock.speed = 0
    real[0] += 5
    assert clock.time() == 1_060
    clock.speed = 1
    clock.advance(40)
    real[0] += 2
    assert clock.time() == 1_102
    assert clock.now().timestamp() == 1_102


@pytest.mark.parametrize("speed", [-1, math.inf, math.nan])
def test_time_does_not_run_backwards_or_out(speed: float) -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="speed"):
        clock.speed = speed
    with pytest.raises(ValueError, match="forward"):
        clock.advance(speed)


def test_sleepers_wake_when_the_clock_speeds_up_or_jumps() -> None:
    async def scenario() -> None:
        clock = Clock(speed=0)
        patient = [asyncio.create_task(clock.sleep(3600)) for _ in range(2)]
        await asyncio.sleep(0)
        clock.advance(1800)
        await asyncio.sleep(0)
        assert not any(task.done() for task in patient)
        clock.speed = 1e6
        await asyncio.wait_for(asyncio.gather(*patient), timeout=60)

    asyncio.run(scenario())
