"""A hint becomes news: whatever Parallel lists and the ledger lacks is posted, in Parallel's order.

Every hint, whether a webhook, the reconciler or a retry, has the monitor caught up in the same
way, so it does not matter which hints were lost, doubled or overtook each other.
"""

from dataclasses import dataclass, replace
from typing import Final

from structlog.contextvars import bind_contextvars

from monitors.delivery.account_suspensions import SuspendAccounts
from monitors.delivery.address import Addressed, AddressMonitor
from monitors.delivery.dead_ends import HELD, DeadEnds
from monitors.delivery.making import is_being_made
from monitors.delivery.post_once import Part, PostOnce
from monitors.model.clock import Clock
from monitors.model.codec import encode
from monitors.model.event import EventGroup, NewEvents
from monitors.model.ledger import Baseline, LedgerKey
from monitors.model.monitor import MonitorStatus
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import CheckRequest, DeliverRequest
from monitors.model.slack_errors import DeadDestinationError, DeadInstallationError
from monitors.model.stranded import Stranded
from monitors.ports import (
    Baselines,
    Claims,
    JobQueue,
    LedgerReader,
    MonitorReader,
    Renderer,
    RunsSeen,
)
from monitors.work.intent_store import SqlIntents

# A run's events can be read a moment after its webhook at the latest; a group that stays empty
# was never there (a forged or mistaken hint).
EMPTY_TRIES: Final = 6
REFRESH_DELAY_SECONDS: Final = 2.0
# Longer than an attempt takes, so that a claim outlives the wait of its holder's next attempt; no
# longer, for a holder whose job was lost with Redis keeps the others away until then.
CLAIM_MARGIN_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class DeliverFindings:
    """Catches one monitor's thread up with what Parallel found."""

    addresses: AddressMonitor
    gateway: MonitorReader
    renderer: Renderer
    posting: PostOnce
    ledger: LedgerReader
    baselines: Baselines
    intents: SqlIntents
    claims: Claims
    runs: RunsSeen
    queue: JobQueue
    clock: Clock
    dead_ends: DeadEnds
    suspend_accounts: SuspendAccounts

    async def run(self, request: DeliverRequest, attempt: Attempt) -> Outcome:
        # A later attempt may have other groups on its hands than its own.
        if attempt.number == 1 and await self._is_done(request):
            return Done()
        endpoint_id, monitor_id = request.endpoint_id, request.monitor_id
        stranded = await self.dead_ends.find(endpoint_id, monitor_id)
        if self.dead_ends.holds(stranded):
            return Suspended(HELD)
        try:
            addressed = await self.addresses.address(endpoint_id, monitor_id)
            if addressed is None or addressed.monitor.status is MonitorStatus.CANCELLED:
                if stranded is not None:
                    await self.dead_ends.forget(stranded)
                return Done()
            bind_contextvars(team_id=addressed.workspace.team_id, monitor_id=monitor_id)
            return await self._claimed(addressed, request, attempt, stranded=stranded)
        except ParallelError as error:
            return await self.suspend_accounts.stopped(endpoint_id, monitor_id, error)

    async def _is_done(self, request: DeliverRequest) -> bool:
        """A webhook's second sending costs no call to Parallel.

        Unless more is wanted and nobody else is at it, as when this very job crashed half-way.
        """
        if not request.group_id:
            return False
        owner = await self.baselines.owner(request.endpoint_id, request.monitor_id)
        if owner is None:
            return False
        group_id = request.group_id
        if not await self.ledger.settled(owner, request.monitor_id, [group_id]):
            return False
        return await self.claims.release(
            owner, request.monitor_id, holder=group_id, done=frozenset({group_id})
        )

    async def _claimed(
        self,
        addressed: Addressed,
        request: DeliverRequest,
        attempt: Attempt,
        *,
        stranded: Stranded | None,
    ) -> Outcome:
        """One attempt at a time catches a monitor up; what others want, it delivers as well."""
        workspace, monitor_id = addressed.workspace, request.monitor_id
        holder = request.group_id or "reconciler"
        wanted = await self.claims.take(
            workspace, monitor_id, holder=holder, wanted=request.group_id
        )
        if wanted is None:
            return Done()
        try:
            outcome = await self._catch_up(addressed, wanted, attempt)
        except (DeadDestinationError, DeadInstallationError) as error:
            outcome = await self.dead_ends.met(addressed, error)
        if stranded and stranded.findings_wait and isinstance(outcome, Done):
            await self.dead_ends.forget(stranded)
        if isinstance(outcome, RetryAfter):
            seconds = (outcome.seconds or 0) + CLAIM_MARGIN_SECONDS
            await self.claims.hold(workspace, monitor_id, holder=holder, seconds=seconds)
            return outcome
        let_go = await self.claims.release(workspace, monitor_id, holder=holder, done=wanted)
        if let_go or isinstance(outcome, Failed | Suspended):
            # What is wanted beside it comes with the next hint, or the reconciler.
            return outcome
        return RetryAfter("more was found meanwhile", 0)

    async def _catch_up(
        self, addressed: Addressed, wanted: frozenset[str], attempt: Attempt
    ) -> Outcome:
        workspace, monitor = addressed.workspace, addressed.monitor
        news = await self._news(addressed, wanted)
        settled = await self.ledger.settled(
            workspace,
            monitor.monitor_id,
            [*wanted, *(group.group_id for group in news.groups)],
        )
        listed = {group.group_id for group in news.groups}
        unlisted = [
            await self.gateway.event_group(addressed.account, monitor.monitor_id, group_id)
            for group_id in sorted(wanted - settled - listed)
        ]
        if any(not group.events for group in unlisted) and attempt.number < EMPTY_TRIES:
            return RetryAfter("no events yet")
        result: Outcome = Done()
        for group in (*unlisted, *news.groups):
            if group.group_id in settled:
                continue
            outcome = await self._post(addressed, group, attempt)
            if isinstance(outcome, Failed) and outcome.alone:
                result = replace(outcome, redo=self._redo(addressed, group))
            elif not isinstance(outcome, Done):
                return outcome
        await self._settle(addressed, news)
        return result

    @staticmethod
    def _redo(addressed: Addressed, group: EventGroup) -> tuple[str, str]:
        """What brings this group alone, whichever hint it was met by."""
        endpoint_id, monitor_id = addressed.account.endpoint_id, addressed.monitor.monitor_id
        request = DeliverRequest(endpoint_id, monitor_id, group.group_id)
        return f"deliver:{endpoint_id}:{monitor_id}:{group.group_id}", encode(request)

    async def _news(self, addressed: Addressed, wanted: frozenset[str]) -> NewEvents:
        """The groups after the monitor's mark. A monitor met without one starts from now."""
        workspace, monitor_id = addressed.workspace, addressed.monitor.monitor_id
        baseline = await self._baseline(addressed)
        mark = baseline.mark if baseline else None
        news = await self.gateway.events_since(addressed.account, monitor_id, mark=mark)
        if baseline is not None:
            return news
        newest = news.groups[-1].group_id if news.groups else None
        await self.baselines.set_baseline(
            workspace,
            Baseline(monitor_id, addressed.account.endpoint_id, self.clock.now(), newest),
        )
        kept = tuple(group for group in news.groups if group.group_id in wanted)
        return NewEvents(kept, failing=news.failing)

    async def _baseline(self, addressed: Addressed) -> Baseline | None:
        """Where the monitor's findings begin: for one that is still being made, with its first."""
        workspace, monitor = addressed.workspace, addressed.monitor
        kept = await self.baselines.baseline(workspace, monitor.monitor_id)
        if kept is not None:
            return kept
        if await is_being_made(self.intents, workspace, addressed.home.thread):
            since = monitor.created_at or self.clock.now()
            first = Baseline(monitor.monitor_id, addressed.account.endpoint_id, since)
            await self.baselines.set_baseline(workspace, first)
        # Its maker may have set it, and finished, between the two looks above.
        return await self.baselines.baseline(workspace, monitor.monitor_id)

    async def _post(self, addressed: Addressed, group: EventGroup, attempt: Attempt) -> Outcome:
        messages = self.renderer.findings(group, query=addressed.monitor.query)
        for index in await self._open_parts(addressed, group, len(messages)):
            message = messages[index]
            key = LedgerKey(addressed.monitor.monitor_id, group.group_id, index)
            part = Part(key, len(messages), message)
            outcome = await self.posting.post(
                addressed.workspace, part, thread=addressed.home.thread, attempt=attempt
            )
            if not isinstance(outcome, Done):
                return outcome
        return Done()

    async def _open_parts(self, addressed: Addressed, group: EventGroup, parts: int) -> list[int]:
        """Those that an earlier attempt left, so that it costs no place in the channel to pass."""
        if parts == 1:
            return [0]
        final = await self.ledger.final_parts(
            addressed.workspace, addressed.monitor.monitor_id, group.group_id
        )
        return [part for part in range(parts) if part not in final]

    async def _settle(self, addressed: Addressed, news: NewEvents) -> None:
        """Everything listed is in the thread: move the mark, and have the card redrawn."""
        workspace, monitor = addressed.workspace, addressed.monitor
        endpoint_id = addressed.account.endpoint_id
        if news.groups:
            await self.baselines.advance(
                workspace, monitor.monitor_id, mark=news.groups[-1].group_id
            )
        await self.runs.remember_run(workspace, monitor.monitor_id, run_of(addressed, self.clock))
        if news.failing:
            argument = encode(CheckRequest(endpoint_id, monitor.monitor_id))
            key = f"failure:{endpoint_id}:{monitor.monitor_id}"
            await self.queue.enqueue("failure", argument, key=key)
        await ask_refresh(self.queue, endpoint_id, monitor.monitor_id)


# Events may be listed a little after `last_run_at` moves; a look that soon is not the last one.
SETTLING_SECONDS: Final = 600.0


def run_of(addressed: Addressed, clock: Clock) -> str:
    """Names the run that a look now has seen for good; a look too soon after a run names none."""
    last_run_at = addressed.monitor.last_run_at
    if last_run_at is None:
        return ""
    age = (clock.now() - last_run_at).total_seconds()
    return last_run_at.isoformat() if age > SETTLING_SECONDS else ""


async def ask_refresh(queue: JobQueue, endpoint_id: str, monitor_id: str) -> None:
    """Have the card redrawn soon; several wishes within the delay become one."""
    await queue.enqueue(
        "refresh",
        encode(CheckRequest(endpoint_id, monitor_id)),
        key=f"refresh:{endpoint_id}:{monitor_id}",
        delay_seconds=REFRESH_DELAY_SECONDS,
    )
