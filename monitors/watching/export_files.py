"""Sends a person a file in a direct message: a monitor's history, or an admin who did what."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from monitors.blocks.files import history_file
from monitors.blocks.notices import note_message
from monitors.delivery.address import Addressed
from monitors.delivery.creation import save_step
from monitors.delivery.post_once import Place
from monitors.delivery.share_file import share_file, upload_file
from monitors.model.codec import decode
from monitors.model.event import HistoryEntry, MonitorEvent, characters_of
from monitors.model.intent import Intent, IntentKind
from monitors.model.ledger import Post
from monitors.model.message import File, Uploaded
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import PersonRequest, ThreadRequest
from monitors.model.slack_errors import REFUSALS
from monitors.texts import file_texts, problem_texts
from monitors.watching import locate, permissions
from monitors.watching.parts import Parts
from monitors.watching.tell import NotDoneError
from monitors.work.audit import MOST_ACTIONS, audit_csv
from monitors.work.intents import request_of
from monitors.work.outcomes import Finished, outcome_of

# It stands in memory.
MOST_CHARACTERS: Final = 20_000_000
PAGE: Final = 100

# The file and what is said with it.
_Made = tuple[File, str]


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """The saved step: the file is uploaded, and may have been shared since."""

    uploaded: Uploaded | None = None


async def run(parts: Parts, intent: Intent, attempt: Attempt) -> Outcome:
    """Also where it says why the person may not have the file."""
    workspace, user_id, reason = intent.workspace, _asker(intent), ""
    try:
        uploaded = decode(ExportProgress, intent.progress).uploaded
        if uploaded is None:
            is_audit = intent.kind is IntentKind.EXPORT_AUDIT
            file, text = await (_audit if is_audit else _history)(parts, intent, attempt)
            uploaded = await upload_file(parts, workspace, file, text=text)
            await save_step(parts.intents, intent, ExportProgress(uploaded))
        direct = Place(await parts.poster.open_direct(workspace, user_id), None)
        if not await share_file(parts, workspace, uploaded, direct):
            reason = file_texts.UNCERTAIN
    except NotDoneError as not_done:
        reason = str(not_done)
    except REFUSALS as error:
        reason = file_texts.not_sent(problem_texts.explain_slack(error))
    except ParallelError as error:
        outcome = outcome_of(error)
        if isinstance(outcome, RetryAfter):
            return outcome
        why = problem_texts.explain_parallel(error, prefix=parts.prefix)
        reason = file_texts.not_sent(why)
    return await _tell(parts, intent, reason) if reason else Done()


async def gave_up(parts: Parts, intent: Intent) -> None:
    await _tell(parts, intent, file_texts.EXPORT_GAVE_UP)


def _asker(intent: Intent) -> str:
    if intent.kind is IntentKind.EXPORT_AUDIT:
        return request_of(intent, PersonRequest).user_id
    return request_of(intent, ThreadRequest).reply_to.user_id


async def _tell(parts: Parts, intent: Intent, text: str) -> Outcome:
    notice = Post.notice("export", intent.intent_id, note_message(text))
    return await parts.posting.direct(intent.workspace, _asker(intent), notice)


async def _audit(parts: Parts, intent: Intent, _attempt: Attempt) -> _Made:
    """Slack is asked again: an admin may have been one when the button was pressed."""
    workspace = intent.workspace
    if not await permissions.is_admin(parts, workspace, _asker(intent)):
        raise NotDoneError(file_texts.AUDIT_FOR_ADMINS)
    actions = await parts.audit.of(workspace, limit=MOST_ACTIONS)
    return File("audit-trail.csv", audit_csv(actions)), file_texts.AUDIT


async def _history(parts: Parts, intent: Intent, attempt: Attempt) -> _Made:
    request = request_of(intent, ThreadRequest)
    await permissions.check(parts, request, attempt, is_change=False)
    workspace, thread = request.workspace, request.thread
    located = await locate.in_thread(parts, workspace, thread, hint=request.monitor_id)
    if located is None or not await _sees(parts, intent, thread.channel):
        raise NotDoneError(file_texts.NOT_SEEN)
    entries, is_whole = await _entries(parts, intent, located)
    draw = partial(history_file, located.monitor, entries, is_whole=is_whole)
    text = file_texts.history(len(entries), is_whole=is_whole)
    return await asyncio.to_thread(draw), text


async def _entries(
    parts: Parts, intent: Intent, located: Addressed
) -> tuple[Sequence[HistoryEntry], bool]:
    """The latest, and whether they are all. Raises Finished if it was called off."""
    entries: list[HistoryEntry] = []
    characters, cursor = 0, None
    while True:
        page = await parts.gateway.history(
            located.account, located.monitor.monitor_id, limit=PAGE, cursor=cursor
        )
        entries += page.entries
        characters += sum(
            characters_of(each) for each in page.entries if isinstance(each, MonitorEvent)
        )
        cursor = page.older
        if cursor is None or len(entries) >= parts.most_exported:
            return entries, cursor is None
        if characters >= MOST_CHARACTERS:
            return entries, False
        if not await parts.intents.save_progress(intent.intent_id, intent.progress):
            raise Finished(Done())


async def _sees(parts: Parts, intent: Intent, channel: str) -> bool:
    """As in lists: into a private channel only its members. Raises SlackPostError."""
    closed = await parts.people.closed(intent.workspace, [channel])
    return not closed or channel in await parts.people.joined(intent.workspace, _asker(intent))
