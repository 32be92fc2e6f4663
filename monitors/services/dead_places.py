"""A finding's place is gone or closed.

Nothing is lost, the owner hears of it once, and a thread whose first message was deleted goes on in
a new one.
"""

from dataclasses import dataclass, replace
from typing import Final

import structlog

from monitors.domain.card import Watching, card_of
from monitors.domain.ledger import LedgerKey
from monitors.domain.outcome import Attempt, Dead, Delivered, Outcome, RetryAfter
from monitors.domain.workspace import ThreadRef
from monitors.services import answers
from monitors.services.address import Addressed
from monitors.services.ports import Baselines, MonitorMover, Renderer, ThreadIndex
from monitors.services.posting import Part, Place, PostOnce

# A reply to a message that was deleted.
CARD_GONE: Final = frozenset(
    {"slack: cannot_reply_to_message", "slack: thread_not_found", "slack: message_not_found"}
)


@dataclass(frozen=True, slots=True)
class DeadPlaces:
    posting: PostOnce
    renderer: Renderer
    gateway: MonitorMover
    threads: ThreadIndex
    baselines: Baselines

    async def meet(self, addressed: Addressed, dead: Dead, attempt: Attempt) -> Outcome:
        """What becomes of the delivery. Raises ParallelError.

        Findings wait at Parallel: the monitor's mark has not moved, so the reconciler brings them
        once the place is mended.
        """
        if dead.reason in CARD_GONE:
            return await self._begin_anew(addressed, attempt)
        await self._tell_owner(addressed, dead.reason, attempt)
        return Delivered()

    async def _tell_owner(self, addressed: Addressed, reason: str, attempt: Attempt) -> None:
        """By direct message, once until something is delivered again."""
        home, monitor = addressed.home, addressed.monitor
        log = structlog.get_logger("dead places")
        log.warning("findings wait", monitor_id=monitor.monitor_id, reason=reason)
        if not home.user_id:
            return
        baseline = await self.baselines.baseline(addressed.workspace, monitor.monitor_id)
        episode = baseline.mark if baseline and baseline.mark else "first"
        key = LedgerKey(monitor.monitor_id, f"closed:{home.thread.ts}:{episode}", 0)
        text = answers.place_closed(monitor.query, code=reason.removeprefix("slack: "))
        outcome = await self.posting.post(
            addressed.workspace,
            Part(key, 1, self.renderer.note(text)),
            place=Place(home.user_id),
            attempt=attempt,
        )
        if not isinstance(outcome, Delivered):
            log.warning("owner not told yet", monitor_id=monitor.monitor_id, reason=str(outcome))

    async def _begin_anew(self, addressed: Addressed, attempt: Attempt) -> Outcome:
        """A new card in the same channel, and the monitor's metadata names its thread.

        Each step is found done when it is tried again: the card by its ledger row, the move by
        what Parallel then says.
        """
        workspace, monitor, home = addressed.workspace, addressed.monitor, addressed.home
        card = card_of(monitor, Watching(monitor.monitor_id, monitor.last_run_at))
        key = LedgerKey(monitor.monitor_id, f"card:{home.thread.ts}", 0)
        posted = await self.posting.post(
            workspace,
            Part(key, 1, self.renderer.card(card)),
            place=Place(home.thread.channel),
            attempt=attempt,
        )
        if isinstance(posted, Dead) and posted.place:
            await self._tell_owner(addressed, posted.reason, attempt)
            return Delivered()
        if not isinstance(posted, Delivered) or posted.ts is None:
            return posted
        thread = ThreadRef(home.thread.channel, posted.ts)
        await self.gateway.move(addressed.account, monitor, replace(home, thread=thread))
        await self.threads.forget(workspace, monitor.monitor_id, home.thread)
        await self.threads.remember(workspace, monitor.monitor_id, thread)
        note = LedgerKey(monitor.monitor_id, f"moved:{home.thread.ts}", 0)
        await self.posting.post(
            workspace,
            Part(note, 1, self.renderer.note(answers.BEGUN_ANEW)),
            place=Place.in_thread(thread),
            attempt=attempt,
        )
        return RetryAfter("the thread began anew", 0)
