"""The services over small stand-ins and the stores in memory, put together as wiring does it."""

import random
from datetime import timedelta
from typing import cast

from monitors.delivery.address import AddressMonitor
from monitors.delivery.deliver import DeliverFindings
from monitors.delivery.ledger import Ledger
from monitors.delivery.monitors import Monitors
from monitors.delivery.notify import Notify
from monitors.delivery.post_findings import PostFindings
from monitors.delivery.post_once import PostOnce
from monitors.delivery.reconcile import Reconcile
from monitors.delivery.refresh import DrawCard, RefreshCard
from monitors.delivery.suspend import SuspendAccounts, SuspendMonitors
from monitors.model.account import AccountHealth, AccountProblem, AccountSuspension, ParallelAccount
from monitors.model.codec import encode
from monitors.model.event import EventGroup
from monitors.model.frequency import DAILY
from monitors.model.intent import IntentKind
from monitors.model.monitor import MonitorSpec
from monitors.model.person import Person, WorkspaceName
from monitors.model.requests import (
    CheckRequest,
    DeliverRequest,
    NotifyRequest,
    ReplyTo,
    StartRequest,
    ThreadRequest,
)
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import InstallationStore, People, QueueDownError, ThreadPoster
from monitors.watching.ask_admins import AskAdmins
from monitors.watching.ask_first import AskFirst
from monitors.watching.baseline import TakeBaseline
from monitors.watching.before_start import BeforeStart
from monitors.watching.budget import CheckBudget
from monitors.watching.edit import EditMonitor
from monitors.watching.first_contact import FirstContact
from monitors.watching.locate import LocateMonitor
from monitors.watching.permissions import Permissions
from monitors.watching.quota import Quota
from monitors.watching.rules import CheckRules, SqlRules
from monitors.watching.schedule import ScheduleMonitor
from monitors.watching.start import StartMonitor
from monitors.watching.task_runs import TaskRuns
from monitors.watching.tell import Tell
from monitors.watching.thread_commands import AnswerThread
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


class Members:
    """Everybody belongs to the workspace."""

    async def person(self, workspace: Workspace, user_id: str) -> Person:
        del workspace
        return Person(user_id, "Ada", is_admin=False)

    async def teams(self, workspace: Workspace, user_id: str) -> frozenset[str]:
        del user_id
        return frozenset({workspace.team_id})

    async def workspace_name(self, workspace: Workspace) -> WorkspaceName:
        return WorkspaceName(workspace.team_id)

    async def admins(self, workspace: Workspace, *, at_most: int) -> list[str]:
        del workspace, at_most
        return []

    async def bot_name(self, workspace: Workspace) -> str:
        del workspace
        return "threadwatch"


async def no_members(enterprise_id: str) -> list[Workspace]:
    """There is no organisation."""
    del enterprise_id
    return []


class _Accounts:
    """`AccountStore` of the one account, which always works."""

    async def for_workspace(self, workspace: Workspace) -> ParallelAccount | None:
        return _ACCOUNT if workspace.team_id == HERE.team_id else None

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
    async def person(self, workspace: Workspace, user_id: str) -> Person:
        del workspace
        return Person(user_id, "Ada", is_admin=False)


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
        addresses = AddressMonitor(accounts, installations, gateway, lambda _: None)
        posting = PostOnce(ledger, poster, limits, clock)
        draw_card = DrawCard(
            poster,
            monitors,
            ledger,
            queue,
            clock,
        )
        soon = timedelta(minutes=1)
        suspend_monitors = SuspendMonitors(
            monitors, queue, clock, retry_after=soon, notify_after=soon
        )
        suspend = SuspendAccounts(accounts, installations, monitors, ledger, queue)
        rules = CheckRules(mortal(self._rules, fate), people)
        findings = PostFindings(posting, ledger)
        budget = CheckBudget(rules.rules, gateway, SqlAudit(self.database), clock)
        tell = Tell(poster, people)
        before = BeforeStart(
            Quota(gateway, monitors, intents, 200, 50, rules, budget),
            AskFirst(gateway, monitors, intents),
            AskAdmins(rules, posting, tell),
            intents,
            tell,
            clock,
        )
        first_contact = FirstContact(accounts, installations, people, posting, monitors, "")
        baseline = TakeBaseline(TaskRuns(gateway, intents), intents, tell, findings, "", 1.0)
        self._start = StartMonitor(
            accounts=accounts,
            installations=installations,
            intents=intents,
            gateway=gateway,
            monitors=monitors,
            limits=limits,
            before=before,
            tell=tell,
            first_contact=first_contact,
            baseline=baseline,
            prefix="",
        )
        scheduling = ScheduleMonitor(gateway, queue, clock, budget)
        self._answer = AnswerThread(
            locate=LocateMonitor(accounts, installations, gateway, monitors),
            gateway=gateway,
            intents=intents,
            monitors=monitors,
            tell=tell,
            posting=posting,
            prefix="",
            permissions=Permissions(no_members, Members(), rules),
            scheduling=scheduling,
            editing=EditMonitor(gateway, monitors, limits, rules, scheduling),
        )
        self._deliver = DeliverFindings(
            addresses=addresses,
            gateway=gateway,
            findings=findings,
            draw_card=draw_card,
            poster=poster,
            monitors=monitors,
            intents=intents,
            queue=queue,
            clock=clock,
            suspend_monitors=suspend_monitors,
            suspend_accounts=suspend,
        )
        self._refresh = RefreshCard(addresses, draw_card, suspend_monitors, monitors, suspend)
        self._notify = Notify(
            addresses,
            accounts,
            installations,
            gateway,
            posting,
            queue,
            clock,
            suspend_monitors,
            suspend,
            people=people,
        )
        self.submit_intent = SubmitIntent(self.intents, self.queue, clock)
        self.sweep = SweepIntents(self.intents, self.queue, clock)
        self.reconcile = Reconcile(accounts, addresses, gateway, monitors, queue, suspend, clock)
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
            "deliver": JobKind(DeliverRequest, self._deliver.run),
            "refresh": JobKind(CheckRequest, self._refresh.run, is_kept=False),
            "notify": JobKind(NotifyRequest, self._notify.run),
        }

    def _intent_handlers(self) -> dict[IntentKind, IntentHandler]:
        return {
            IntentKind.START: IntentHandler(self._start.run, self._start.gave_up),
            IntentKind.CANCEL: IntentHandler(self._answer.run, self._answer.gave_up),
        }
