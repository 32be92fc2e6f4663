"""A queue in a few lines that keeps docket's promises, redelivery after a crash among them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitors.ports import QueueDownError
from monitors.work.queue import REDELIVERY_SECONDS, Job
from monitors.work.runner import Runner
from tests.monitors.life.clock import LifeClock
from tests.monitors.life.fate import Crash


@dataclass(frozen=True)
class Waiting:
    job: Job
    due: datetime
    redelivered: bool = False


class SmallQueue:
    """`JobQueue`, and what a job runner puts jobs back into."""

    def __init__(self, clock: LifeClock) -> None:
        self._clock = clock
        self._running: str | None = None
        self.waiting: dict[str, Waiting] = {}
        self.is_down = False

    async def enqueue(
        self,
        kind: str,
        argument: str,
        *,
        key: str,
        delay_seconds: float = 0,
        since: datetime | None = None,
    ) -> bool:
        if self.is_down:
            raise QueueDownError("down")
        if key in self.waiting or key == self._running:
            return key != self._running
        now = self._clock.now()
        job = Job(kind=kind, argument=argument, since=since or now, trace_id="trace")
        self.waiting[key] = Waiting(job, now + timedelta(seconds=delay_seconds))
        return True

    async def again(self, job: Job, *, key: str, delay_seconds: float) -> None:
        self.waiting[key] = Waiting(job, self._clock.now() + timedelta(seconds=delay_seconds))

    def empty(self) -> None:
        """Forgets everything, as a Redis does that lost its disk."""
        self.waiting.clear()

    async def work(self, runner: Runner) -> bool:
        """Run the job that is due next, when it is due; False when none waits."""
        if not self.waiting:
            return False
        key, next_up = min(self.waiting.items(), key=lambda entry: (entry[1].due, entry[0]))
        del self.waiting[key]
        self._clock.advance_to(next_up.due)
        self._running = key
        try:
            await runner.run(next_up.job, key=key, redelivered=next_up.redelivered)
        except Crash:
            # Put back before the crash: docket refuses the older delivery as superseded.
            later = self._clock.now() + timedelta(seconds=REDELIVERY_SECONDS)
            self.waiting.setdefault(key, replace(next_up, due=later, redelivered=True))
        finally:
            self._running = None
        return True
