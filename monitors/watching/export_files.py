"""Sends a person a file in a direct message: a monitor's history, or an admin who did what."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from monitors.blocks.files import history_file
from monitors.blocks.notices import note_message
from monitors.delivery.address import Addressed
from monitors.delivery.creation import Finished
from monitors.delivery.post_once import Place, PostOnce
from monitors.delivery.share_file import ShareFile
from monitors.model.codec import decode, encode
from monitors.model.event import HistoryEntry, MonitorEvent, characters_of
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.message import File, Uploaded
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import PersonRequest, ThreadRequest
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import Workspace
from monitors.ports import MonitorGateway, ThreadPoster
from monitors.texts import file_texts, problem_texts
from monitors.watching.listing import Places
from monitors.watching.locate import LocateMonitor
from monitors.watching.permissions import Permissions
from monitors.watching.tell import NotDoneError
from monitors.work.audit import MOST_ACTIONS, SqlAudit, audit_csv
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of
from monitors.work.outcomes import outcome_of

# Half a year of hourly checks; fifty pages of Parallel's.
MOST_ENTRIES: Final = 5000
# It stands in memory.
MOST_CHARACTERS: Final = 20_000_000
PAGE: Final = 100

# The file and what is said with it.
_Made = tuple[File, str]


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """The saved step: the file is uploaded, and may have been shared since."""

    uploaded: Uploaded | None = None


@dataclass(frozen=True, slots=True)
class ExportFiles:
    locate: LocateMonitor
    gateway: MonitorGateway
    permissions: Permissions
    places: Places
    audit: SqlAudit
    intents: SqlIntents
    sharing: ShareFile
    poster: ThreadPoster
    posting: PostOnce
    prefix: str
    most_entries: int = MOST_ENTRIES

    async def send_history(self, intent: Intent, attempt: Attempt) -> Outcome:
        request = request_of(intent, ThreadRequest)
        make = partial(self._history, intent, request, attempt)
        return await self._send(intent, request.reply_to.user_id, make, attempt)

    async def send_audit(self, intent: Intent, attempt: Attempt) -> Outcome:
        request = request_of(intent, PersonRequest)
        make = partial(self._audit, request)
        return await self._send(intent, request.user_id, make, attempt)

    async def history_gave_up(self, intent: Intent) -> None:
        await self._give_up(intent, request_of(intent, ThreadRequest).reply_to.user_id)

    async def audit_gave_up(self, intent: Intent) -> None:
        await self._give_up(intent, request_of(intent, PersonRequest).user_id)

    async def _give_up(self, intent: Intent, user_id: str) -> None:
        await self._tell(intent, user_id, file_texts.EXPORT_GAVE_UP, Attempt(1, is_last=True))

    async def _send(
        self, intent: Intent, user_id: str, make: Callable[[], Awaitable[_Made]], attempt: Attempt
    ) -> Outcome:
        try:
            reason = await self._share(intent, user_id, make)
        except Finished as finished:
            return finished.outcome
        except NotDoneError as not_done:
            reason = str(not_done)
        except REFUSALS as error:
            reason = file_texts.not_sent(problem_texts.explain_slack(error))
        except ParallelError as error:
            outcome = outcome_of(error)
            if isinstance(outcome, RetryAfter):
                return outcome
            why = problem_texts.explain_parallel(error, prefix=self.prefix)
            reason = file_texts.not_sent(why)
        return await self._tell(intent, user_id, reason, attempt) if reason else Done()

    async def _share(
        self, intent: Intent, user_id: str, make: Callable[[], Awaitable[_Made]]
    ) -> str:
        """Why the person may not have the file; empty if they have. Raises NotDoneError."""
        uploaded = decode(ExportProgress, intent.progress).uploaded
        if uploaded is None:
            file, text = await make()
            uploaded = await self.sharing.upload(intent.workspace, file, text=text)
            kept = encode(ExportProgress(uploaded))
            if not await self.intents.save_progress(intent.intent_id, kept):
                return ""
        direct = Place(await self.poster.open_direct(intent.workspace, user_id), None)
        is_shared = await self.sharing.share(intent.workspace, uploaded, direct)
        return "" if is_shared else file_texts.UNCERTAIN

    async def _tell(self, intent: Intent, user_id: str, text: str, attempt: Attempt) -> Outcome:
        notice = Post.notice("export", intent.intent_id, note_message(text))
        return await self.posting.direct(intent.workspace, user_id, notice, attempt=attempt)

    async def _audit(self, request: PersonRequest) -> _Made:
        """Slack is asked again: an admin may have been one when the button was pressed."""
        if not await self.permissions.rules.is_admin(request.workspace, request.user_id):
            raise NotDoneError(file_texts.AUDIT_FOR_ADMINS)
        actions = await self.audit.of(request.workspace, limit=MOST_ACTIONS)
        return File("audit-trail.csv", audit_csv(actions)), file_texts.AUDIT

    async def _history(self, intent: Intent, request: ThreadRequest, attempt: Attempt) -> _Made:
        await self.permissions.check(request, attempt, is_change=False)
        workspace, user_id = request.workspace, request.reply_to.user_id
        located = await self.locate.in_thread(workspace, request.thread, hint=request.monitor_id)
        if located is None or not await self._sees(workspace, user_id, request.thread.channel):
            raise NotDoneError(file_texts.NOT_SEEN)
        entries, is_whole = await self._entries(intent, located)
        draw = partial(history_file, located.monitor, entries, is_whole=is_whole)
        text = file_texts.history(len(entries), is_whole=is_whole)
        return await asyncio.to_thread(draw), text

    async def _entries(
        self, intent: Intent, located: Addressed
    ) -> tuple[Sequence[HistoryEntry], bool]:
        """The latest, and whether they are all. Raises Finished if it was called off."""
        entries: list[HistoryEntry] = []
        characters, cursor = 0, None
        while True:
            page = await self.gateway.history(
                located.account, located.monitor.monitor_id, limit=PAGE, cursor=cursor
            )
            entries += page.entries
            characters += sum(
                characters_of(each) for each in page.entries if isinstance(each, MonitorEvent)
            )
            cursor = page.older
            if cursor is None or len(entries) >= self.most_entries:
                return entries, cursor is None
            if characters >= MOST_CHARACTERS:
                return entries, False
            if not await self.intents.save_progress(intent.intent_id, intent.progress):
                raise Finished(Done())

    async def _sees(self, workspace: Workspace, user_id: str, channel: str) -> bool:
        """As in lists: into a private channel only its members. Raises SlackPostError."""
        closed = await self.places.closed(workspace, [channel])
        return not closed or channel in await self.places.joined(workspace, user_id)
