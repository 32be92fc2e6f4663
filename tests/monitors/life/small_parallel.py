"""Parallel in a few lines: one account's monitors, and what each of their runs found."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from monitors.model.account import ParallelAccount
from monitors.model.edit import MonitorSettings
from monitors.model.event import EventGroup, EventList, HistoryPage, MonitorEvent, Part
from monitors.model.monitor import SIGNATURE, Monitor, MonitorHome, MonitorSpec, MonitorStatus
from monitors.model.parallel_errors import (
    AnswerLostError,
    ForbiddenError,
    RateLimitedError,
    UnavailableError,
    UnknownMonitorError,
)
from monitors.model.task import Task, TaskRun
from tests.monitors.life.clock import LifeClock
from tests.monitors.life.small_slack import Trouble


class SmallParallel:
    """`MonitorGateway`, with troubles like Slack's."""

    def __init__(self, clock: LifeClock) -> None:
        self._clock = clock
        self.monitors: dict[str, Monitor] = {}
        self.groups: list[EventGroup] = []
        self.troubles: deque[Trouble | None] = deque()

    def run(self, findings: int, *, words: int) -> EventGroup:
        """The one monitor runs now and finds something."""
        (monitor_id,) = self.monitors
        number = len(self.groups) + 1
        group_id = f"group_{number}"
        events = tuple(
            MonitorEvent(
                f"event_{number}_{each}", group_id, (Part(f"n{number}-{each} " + "word " * words),)
            )
            for each in range(findings)
        )
        group = EventGroup(monitor_id, group_id, events)
        self.groups.append(group)
        monitor = self.monitors[monitor_id]
        self.monitors[monitor_id] = replace(monitor, last_run_at=self._clock.now())
        return group

    async def create(
        self, account: ParallelAccount, spec: MonitorSpec, *, home: MonitorHome
    ) -> Monitor:
        del account
        trouble = self._meet()
        made = Monitor(
            monitor_id=f"monitor_{len(self.monitors) + 1}",
            status=MonitorStatus.ACTIVE,
            kind="event_stream",
            query=spec.query,
            frequency=str(spec.frequency),
            processor=spec.processor,
            created_at=self._clock.now(),
            last_run_at=None,
            metadata=_signed(home),
        )
        if trouble in {None, Trouble.LOST_AFTER, Trouble.DONE_LATE}:
            self.monitors[made.monitor_id] = made
        self._answer(trouble, repeatable=False)
        return made

    async def find_by_thread(
        self, account: ParallelAccount, home: MonitorHome, *, other_than: str = ""
    ) -> Monitor | None:
        del account, other_than
        self._answer(self._meet())
        found = [each for each in self.monitors.values() if each.home == home]
        return found[0] if found else None

    async def cancel(self, account: ParallelAccount, monitor_id: str) -> None:
        del account
        trouble = self._meet()
        if trouble in {None, Trouble.LOST_AFTER, Trouble.DONE_LATE}:
            monitor = self.monitors[monitor_id]
            self.monitors[monitor_id] = replace(monitor, status=MonitorStatus.CANCELLED)
        self._answer(trouble)

    async def update(
        self,
        account: ParallelAccount,
        monitor: Monitor,
        home: MonitorHome,
        *,
        frequency: str | None = None,
        settings: MonitorSettings | None = None,
    ) -> None:
        del account, frequency, settings
        trouble = self._meet()
        if trouble in {None, Trouble.LOST_AFTER, Trouble.DONE_LATE}:
            kept = self.monitors[monitor.monitor_id]
            self.monitors[monitor.monitor_id] = replace(kept, metadata=_signed(home))
        self._answer(trouble)

    async def trigger(self, account: ParallelAccount, monitor_id: str) -> None:
        del account, monitor_id
        self._answer(self._meet(), repeatable=False)

    async def retrieve(self, account: ParallelAccount, monitor_id: str) -> Monitor:
        del account
        self._answer(self._meet())
        if monitor_id not in self.monitors:
            raise UnknownMonitorError
        return self.monitors[monitor_id]

    async def list_monitors(
        self, account: ParallelAccount, *, include_cancelled: bool = False
    ) -> Sequence[Monitor]:
        del account
        self._answer(self._meet())
        return [
            each
            for each in self.monitors.values()
            if include_cancelled or each.status is MonitorStatus.ACTIVE
        ]

    async def event_group(
        self, account: ParallelAccount, monitor_id: str, group_id: str
    ) -> EventGroup:
        del account
        self._answer(self._meet())
        for group in self.groups:
            if group.group_id == group_id:
                return group
        return EventGroup(monitor_id, group_id, ())

    async def events_since(
        self, account: ParallelAccount, monitor_id: str, *, is_known: Callable[[MonitorEvent], bool]
    ) -> EventList:
        del account, monitor_id, is_known
        self._answer(self._meet())
        newest_first = [
            event for group in reversed(self.groups) for event in reversed(group.events)
        ]
        return EventList(tuple(newest_first), is_whole=True)

    async def history(
        self, account: ParallelAccount, monitor_id: str, *, limit: int, cursor: str | None = None
    ) -> HistoryPage:
        del account, monitor_id, limit, cursor
        self._answer(self._meet())
        return HistoryPage(())

    async def start_task(self, account: ParallelAccount, task: Task) -> str:
        """Nobody here asks for one."""
        del account, task
        raise ForbiddenError

    async def task(self, account: ParallelAccount, run_id: str) -> TaskRun:
        del account, run_id
        raise UnknownMonitorError

    def _meet(self) -> Trouble | None:
        return self.troubles.popleft() if self.troubles else None

    def _answer(self, trouble: Trouble | None, *, repeatable: bool = True) -> None:
        match trouble:
            case None:
                return
            case Trouble.BUSY:
                raise RateLimitedError(retry_after_seconds=3)
            case Trouble.DOWN:
                raise UnavailableError
            case Trouble.LOST_BEFORE | Trouble.LOST_AFTER | Trouble.TIMED_OUT | Trouble.DONE_LATE:
                raise UnavailableError if repeatable else AnswerLostError


def _signed(home: MonitorHome) -> dict[str, str]:
    return {**home.to_metadata(), SIGNATURE: "the app's"}
