"""The services over small stand-ins and the stores in memory, put together as wiring does it."""

import random
from datetime import timedelta
from functools import partial
from typing import cast

from monitors.delivery.deliver import DeliverFindings
from monitors.delivery.ledger import Ledger
from monitors.delivery.monitors import Monitors
from monitors.delivery.notify import Notify
from monitors.delivery.post_once import PostOnce
from monitors.model.account import AccountHealth, AccountProblem, AccountSuspension, ParallelAccount
from monitors.model.codec import encode
from monitors.model.event import EventGroup
from monitors.model.frequency import DAILY
from monitors.model.intent import IntentKind
from monitors.model.monitor import MonitorSpec
from monitors.model.operator_links import OperatorLinks
from monitors.model.person import Person
from monitors.model.requests import (
    CheckRequest,
    DeliverRequest,
    NotifyRequest,
    ReplyTo,
    StartRequest,
    ThreadRequest,
)
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import Files, InstallationStore, People, QueueDownError, ThreadPoster, Views
from monitors.watching import show_card, start, thread_commands
from monitors.watching.parts import Parts
from monitors.watching.rules import SqlRules
from monitors.work.audit import SqlAudit
from monitors.work.crashes import RedisCrashes
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import SubmitIntent, SweepIntents
from monitors.work.queue import DocketQueue
from monitors.work.runner import IntentHandler, JobKind, Runner
from tests.contracts.memory_shared import MemoryLimits
from tests.monitors.life.clock import LifeClock
from tests.monitors.life.fate import Fate, mortal
from tests.monitors.life.small_database import open_small_database, remove
from tests.monitors.life.small_parallel import SmallParallel
from tests.monitors.life.small_queue import SmallQueue
from tests.monitors.life.small_slack import SmallSlack

HERE = Workspace("T1")
CHANNEL = "C1"
QUERY = "new papers on fusion"
_ACCOUNT = ParallelAccount("endpoint_1", "key")


async def no_members(enterprise_id: str) -> list[Workspace]:
    """There is no organisation."""
    del enterprise_id
    return []


class _Accounts:
    """`AccountStore` of the one account, which always works."""

    async def for_workspace(self, workspace: Workspace) -> ParallelAccount | None:
        return _ACCOUNT if workspace.team_id == HERE.team_id else None

    async def own(self, workspace: Workspace) -> ParallelAccount | None:
        raise AssertionError(workspace)

    async def health(self, workspace: Workspace) -> AccountHealth | None:
        raise AssertionError(workspace)

    async def by_endpoint(self, endpoint_id: str) -> ParallelAccount | None:
        return _ACCOUNT if endpoint_id == _ACCOUNT.endpoint_id else None

    async def accounts(self) -> list[ParallelAccount]:
        return [_ACCOUNT]

    async def suspend(self, endpoint_id: str, reason: AccountProblem) -> AccountSuspension:
        raise AssertionError(endpoint_id, reason)

    async def suspension(self, endpoint_id: str) -> AccountSuspension | None:
        del endpoint_id
        return None

    async def resume(self, endpoint_id: str) -> None:
        raise AssertionError(endpoint_id)


class _Installations:
    async def app_id(self, workspace: Workspace) -> str | None:
        return "A1" if workspace.team_id == HERE.team_id else None

    async def installed(self, workspace: Workspace) -> Workspace | None:
        return HERE if workspace.team_id == HERE.team_id else None

    async def installer(self, workspace: Workspace) -> str | None:
        del workspace
        return None


class _People:
    """Everybody belongs to the workspace."""

    async def person(self, workspace: Workspace, user_id: str) -> Person:
        del workspace
        return Person(user_id, "Ada", is_admin=False)

    async def teams(self, workspace: Workspace, user_id: str) -> frozenset[str]:
        del user_id
        return frozenset({workspace.team_id})


class _NeverCrashed:
    """The machine decides how often a job takes its worker down; none is given up over it."""

    async def crashed(self, key: str) -> int:
        del key
        return 0

    async def forget(self, key: str) -> None:
        del key


class SmallApp:
    """One app with one workspace. Every call of a port goes through `fate`."""

    def __init__(self) -> None:
        self.clock = LifeClock()
        self.fate = Fate()
        self.slack = SmallSlack(self.clock)
        self.parallel = SmallParallel(self.clock)
        self.queue = SmallQueue(self.clock)
        self.database, self._folder = open_small_database()
        self.intents = SqlIntents(self.database, now=self.clock.now)
        self.ledger = Ledger(self.database, now=self.clock.now)
        self._monitors = Monitors(self.database)
        self._rules = SqlRules(self.database)
        self.empty_redis()

    def empty_redis(self) -> None:
        """All that was in it is gone; the next job finds a new one."""
        self.queue.empty()
        self._limits = MemoryLimits(self.clock.seconds)
        self._open()

    def _open(self) -> None:
        fate, clock = self.fate, self.clock
        accounts = mortal(_Accounts(), fate)
        installations = mortal(cast("InstallationStore", _Installations()), fate)
        gateway = mortal(self.parallel, fate)
        poster = mortal(cast("ThreadPoster", self.slack), fate)
        intents = mortal(self.intents, fate)
        queue = mortal(cast("DocketQueue", self.queue), fate)
        ledger, monitors = mortal(self.ledger, fate), mortal(self._monitors, fate)
        limits = mortal(self._limits, fate)
        people = mortal(cast("People", _People()), fate)
        posting = PostOnce(ledger, poster, limits, clock)
        soon = timedelta(minutes=1)
        self.submit_intent = SubmitIntent(self.intents, self.queue, clock)
        self.parts = Parts(
            accounts=accounts,
            installations=installations,
            gateway=gateway,
            people=people,
            poster=poster,
            files=cast("Files", None),
            views=cast("Views", None),
            queue=queue,
            limits=limits,
            intents=intents,
            monitors=monitors,
            ledger=ledger,
            rules=mortal(self._rules, fate),
            audit=SqlAudit(self.database),
            posting=posting,
            count_dropped=lambda _: None,
            submit_intent=self.submit_intent,
            clock=clock,
            members_of=no_members,
            links=OperatorLinks(),
            prefix="",
            per_workspace=200,
            per_person=50,
            poll_seconds=1.0,
            retry_closed_after=soon,
            notify_after=soon,
        )
        self.sweep = SweepIntents(self.intents, self.queue, clock)
        self.runner = Runner(
            queue,
            self._jobs(),
            self._intent_handlers(),
            intents=intents,
            crashes=cast("RedisCrashes", _NeverCrashed()),
            clock=clock,
            rng=random.Random(0),  # noqa: S311 - spreads waits
            count=lambda _kind, _outcome: None,
        )

    async def ask(self) -> None:
        """A person types the command."""
        spec = MonitorSpec(QUERY, DAILY)
        request = StartRequest(HERE, spec, ReplyTo(CHANNEL, "U1"))
        await self.submit_intent(IntentKind.START, request, intent_id="start")

    async def cancel(self, thread: ThreadRef) -> None:
        """A person replies cancelmonitor."""
        reply_to = ReplyTo(CHANNEL, "U1", thread_ts=thread.ts)
        request = ThreadRequest(HERE, thread, reply_to, is_reply=True)
        await self.submit_intent(IntentKind.CANCEL, request, intent_id="cancel")

    async def webhook(self, group: EventGroup) -> bool:
        """Parallel announces a group; False when the door could not write it down."""
        request = DeliverRequest(_ACCOUNT.endpoint_id, group.monitor_id, group.group_id)
        key = f"deliver:{_ACCOUNT.endpoint_id}:{group.monitor_id}:{group.group_id}"
        try:
            await self.queue.enqueue("deliver", encode(request), key=key)
        except QueueDownError:
            return False
        return True

    async def close(self) -> None:
        await self.database.aclose()
        remove(self._folder)

    def _jobs(self) -> dict[str, JobKind]:
        return {
            "deliver": JobKind(DeliverRequest, DeliverFindings(self.parts).run),
            "refresh": JobKind(CheckRequest, partial(show_card.run, self.parts), is_kept=False),
            "notify": JobKind(NotifyRequest, Notify(self.parts).run),
        }

    def _intent_handlers(self) -> dict[IntentKind, IntentHandler]:
        return {
            kind: IntentHandler(partial(does.run, self.parts), partial(does.gave_up, self.parts))
            for kind, does in ((IntentKind.START, start), (IntentKind.CANCEL, thread_commands))
        }
