"""The sandbox's own time, which can run faster than the world's, stand still or jump ahead."""

import asyncio
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

Seconds = Callable[[], float]


class Clock:
    """Sandbox time: `now()` and `time()` agree, `sleep()` sleeps in it, `speed` may change.

    Signatures must carry `wall()` instead: the receiver compares them with a real clock, which
    this one leaves behind as soon as it runs faster.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        start: float | None = None,
        wall: Seconds = time.time,
        monotonic: Seconds = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._speed = _checked(speed)
        self._base = wall() if start is None else start
        self._since = monotonic()
        self._sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def time(self) -> float:
        """Sandbox seconds since 1970."""
        return self._base + (self._monotonic() - self._since) * self._speed

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time(), tz=UTC)

    def wall(self) -> float:
        """Real seconds since 1970, for what others check against their own clocks."""
        return self._wall()

    @property
    def speed(self) -> float:
        """Sandbox seconds per real second; 0 stands still."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        checked = _checked(speed)
        self._rebase(self.time())
        self._speed = checked
        self._wake_sleepers()

    def advance(self, seconds: float) -> None:
        """Jump ahead: every sleeper whose time has come wakes."""
        if not math.isfinite(seconds) or seconds < 0:
            raise ValueError("a clock only goes forward, and not forever")
        self._rebase(self.time() + seconds)
        self._wake_sleepers()

    async def sleep(self, seconds: float) -> None:
        """Sleep in sandbox time; `math.inf` sleeps until cancelled."""
        deadline = self.time() + seconds
        sleeper = (asyncio.get_running_loop(), asyncio.Event())
        self._sleepers.add(sleeper)
        try:
            await self._sleep_until(deadline, sleeper[1])
        finally:
            self._sleepers.discard(sleeper)

    async def _sleep_until(self, deadline: float, woken: asyncio.Event) -> None:
        while (left := deadline - self.time()) > 0:
            woken.clear()
            real = left / self._speed if self._speed else math.inf
            try:
                async with asyncio.timeout(real if math.isfinite(real) else None):
                    await woken.wait()
            except TimeoutError:
                continue
        # Even a sleep of nothing lets others run.
        await asyncio.sleep(0)

    def _rebase(self, to: float) -> None:
        self._base = to
        self._since = self._monotonic()

    def _wake_sleepers(self) -> None:
        for loop, woken in tuple(self._sleepers):
            # A test may turn the clock from another thread than the one that sleeps.
            if not loop.is_closed():
                loop.call_soon_threadsafe(woken.set)


def _checked(speed: float) -> float:
    if not math.isfinite(speed) or speed < 0:
        raise ValueError("speed is a number of sandbox seconds per second, 0 or more")
    return speed
