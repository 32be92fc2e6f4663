"""One monitor's life, with everything going wrong in every order that hypothesis thinks of.

The services are the real ones, over stores in memory that keep the contracts of the real ones
(tests/contracts) and a Slack and a Parallel of a few lines each. The process may die after any call
that it makes of them.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from monitors.blocks.findings import findings_messages
from monitors.delivery import reconcile
from monitors.delivery.deliver import SETTLING_SECONDS
from monitors.model.event import EventGroup
from monitors.model.monitor import MonitorStatus
from monitors.model.outcome import Attempt
from monitors.model.requests import Tick
from monitors.model.workspace import ThreadRef
from monitors.texts import thread_texts
from tests.monitors.life.fate import Crash
from tests.monitors.life.small_app import CHANNEL, QUERY, SmallApp
from tests.monitors.life.small_slack import Posted, Trouble

T = TypeVar("T")

TROUBLES = st.lists(st.sampled_from(Trouble), min_size=1, max_size=3)
# More than any of these lives needs; who does not come to rest by then goes round in circles.
MOST_STEPS = 600


class Life(RuleBasedStateMachine):
    """What people, Parallel, Slack, Redis and the machine's power supply may do."""

    groups: Bundle[EventGroup] = Bundle("groups")

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.Runner()
        self.app = SmallApp()
        self.findings_due: list[str] = []
        self.is_cancelled = False

    def do(self, work: Coroutine[object, object, T]) -> T:
        return self._loop.run(work)

    # What people do

    @initialize(jobs=st.sampled_from([0, 1, 1, 1]), calls=st.sampled_from([None, *range(1, 30)]))
    def a_person_asks(self, jobs: int, calls: int | None) -> None:
        self.do(self.app.ask())
        if calls is not None:
            self.app.fate.crash_after(calls)
        for _ in range(jobs):
            self.do(self.app.queue.work(self.app.runner))

    @rule()
    def slack_sends_the_request_again(self) -> None:
        self.do(self.app.ask())

    @precondition(lambda self: self.app.parallel.groups and not self.is_cancelled)
    @rule()
    def a_person_cancels(self) -> None:
        self.is_cancelled = True
        self.do(self.app.cancel(ThreadRef(CHANNEL, self.cards()[0].ts)))

    # What Parallel does

    @precondition(lambda self: self.is_active())
    @rule(
        target=groups,
        findings=st.integers(1, 3),
        words=st.sampled_from([3, 3, 1500]),
        webhooks=st.sampled_from([0, 1, 1, 2]),
    )
    def parallel_finds(self, findings: int, words: int, webhooks: int) -> EventGroup:
        group = self.app.parallel.run(findings, words=words)
        messages = findings_messages(group, query=QUERY)
        self.findings_due += [drawn.message.text for drawn in messages]
        for _ in range(webhooks):
            self.do(self.app.webhook(group))
        return group

    @rule(group=groups)
    def a_webhook_comes_late_or_again(self, group: EventGroup) -> None:
        self.do(self.app.webhook(group))

    # What goes wrong

    @rule(troubles=TROUBLES)
    def slack_has_trouble(self, troubles: list[Trouble]) -> None:
        self.app.slack.troubles.extend(troubles)

    @rule(troubles=TROUBLES)
    def parallel_has_trouble(self, troubles: list[Trouble]) -> None:
        self.app.parallel.troubles.extend(troubles)

    @rule(calls=st.integers(1, 25))
    def the_process_dies_soon(self, calls: int) -> None:
        self.app.fate.crash_after(calls)

    @rule()
    def redis_is_emptied(self) -> None:
        self.app.empty_redis()

    @rule(is_down=st.booleans())
    def the_queue_goes_or_comes(self, is_down: bool) -> None:
        self.app.queue.is_down = is_down

    # What the app does

    @rule(jobs=st.integers(1, 4))
    def the_worker_works(self, jobs: int) -> None:
        self.work(jobs)

    @rule(jobs=st.integers(5, 20))
    def the_worker_works_much(self, jobs: int) -> None:
        self.work(jobs)

    def work(self, jobs: int) -> None:
        self.app.queue.is_down = False
        for _ in range(jobs):
            if not self.do(self.app.queue.work(self.app.runner)):
                return

    @rule(seconds=st.sampled_from([1, 20, 60, 700]))
    def time_passes(self, seconds: int) -> None:
        self.app.clock.advance(seconds)

    @precondition(lambda self: not self.app.queue.is_down)
    @rule()
    def the_sweeper_sweeps(self) -> None:
        self.do(self.app.sweep.run())

    @precondition(lambda self: not self.app.queue.is_down)
    @rule()
    def the_reconciler_looks(self) -> None:
        with suppress(Crash):
            self.do(reconcile.run(self.app.parts, Tick(), Attempt(1)))

    # What must hold

    @invariant()
    def there_is_one_card_at_most(self) -> None:
        assert len(self.cards()) <= 1

    @invariant()
    def there_is_one_monitor_at_most(self) -> None:
        assert len(self.app.parallel.monitors) <= 1

    @invariant()
    def findings_stand_once_and_in_order(self) -> None:
        """What stands there is the beginning of what belongs there, part by part."""
        said = self.findings_said()
        assert said == self.findings_due[: len(said)]

    @invariant()
    def an_answer_is_given_once(self) -> None:
        assert self.answers_said() in ([], [thread_texts.CANCELLED])

    @invariant()
    def nothing_is_given_up(self) -> None:
        assert not self.do(self.app.intents.failed(team_id=None, limit=9))

    def teardown(self) -> None:
        """All is well again: whatever is missing arrives, and nothing more."""
        self.app.fate.spare()
        self.app.slack.troubles.clear()
        self.app.parallel.troubles.clear()
        self.app.queue.is_down = False
        try:
            self.come_to_rest()
            self.all_is_there()
        finally:
            self.do(self.app.close())
            self._loop.close()

    def come_to_rest(self) -> None:
        for _ in range(4):
            self.app.clock.advance(SETTLING_SECONDS + 1)
            self.do(self.app.sweep.run())
            self.do(reconcile.run(self.app.parts, Tick(), Attempt(1)))
            steps = 0
            while self.do(self.app.queue.work(self.app.runner)):
                steps += 1
                assert steps < MOST_STEPS, self.app.queue.waiting

    def all_is_there(self) -> None:
        far = self.app.clock.now() + timedelta(days=1)
        assert not self.do(self.app.intents.stale(older_than=far, limit=9))
        self.there_is_one_card_at_most()
        self.there_is_one_monitor_at_most()
        self.findings_stand_once_and_in_order()
        self.nothing_is_given_up()
        (monitor,) = self.app.parallel.monitors.values()
        (card,) = self.cards()
        if not self.is_cancelled:
            assert monitor.status is MonitorStatus.ACTIVE
            assert card.message.text.startswith("Watching")
            assert self.findings_said() == self.findings_due
            assert self.answers_said() == []
        else:
            assert monitor.status is MonitorStatus.CANCELLED
            assert "ancelled" in card.message.text
            assert self.answers_said() == [thread_texts.CANCELLED]

    # How to look

    def is_active(self) -> bool:
        return any(
            monitor.status is MonitorStatus.ACTIVE
            for monitor in self.app.parallel.monitors.values()
        )

    def cards(self) -> list[Posted]:
        return [each for each in self.app.slack.messages if each.thread_ts is None]

    def replies(self) -> list[str]:
        return [each.message.text for each in self.app.slack.messages if each.thread_ts]

    def answers_said(self) -> list[str]:
        return [text for text in self.replies() if text in _ANSWERS]

    def findings_said(self) -> list[str]:
        return [text for text in self.replies() if text not in _ANSWERS]


_ANSWERS = {thread_texts.CANCELLED, thread_texts.ALREADY_CANCELLED}


def test_whatever_happens_each_finding_stands_once_in_its_place() -> None:
    with structlog.testing.capture_logs():
        run_state_machine_as_test(
            Life,
            settings=settings(
                stateful_step_count=40,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )


async def until_quiet(app: SmallApp) -> None:
    while await app.queue.work(app.runner):
        pass


@pytest.mark.anyio
async def test_a_card_in_doubt_stays_in_doubt_while_slack_lets_nobody_look() -> None:
    """Found by the machine: a 429 to the look was taken for a clear refusal of the post."""
    app = SmallApp()
    await app.ask()
    joining = None
    app.slack.troubles.extend([joining, Trouble.LOST_AFTER, Trouble.BUSY])
    await until_quiet(app)
    (card,) = app.slack.messages
    assert card.message.text.startswith("Watching")
    await app.close()


@pytest.mark.anyio
async def test_a_monitor_cancelled_while_its_start_is_broken_off_is_not_said_to_watch() -> None:
    """Found by the machine."""
    app = SmallApp()
    await app.ask()
    app.parallel.troubles.append(Trouble.LOST_AFTER)
    await app.queue.work(app.runner)
    (card,) = app.slack.messages
    await app.cancel(ThreadRef(CHANNEL, card.ts))
    await until_quiet(app)
    assert card.message.text.startswith("Cancelled")
    await app.close()
