"""The workspace's monitors, straight from Parallel: `/monitor list`, its pages and its *Cancel*."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from monitors.blocks.listing import list_message
from monitors.blocks.notices import note_message
from monitors.model.account import ParallelAccount
from monitors.model.codec import encode
from monitors.model.event import MonitorEvent
from monitors.model.intent import Intent, IntentKind
from monitors.model.listing import Listed, MonitorPage, beside, page_of, place_of
from monitors.model.message import Message
from monitors.model.monitor import Monitor
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import ListRequest
from monitors.model.slack_errors import SlackPostError
from monitors.model.view_requests import CancelListedRequest, HomeRequest
from monitors.model.workspace import Workspace
from monitors.texts import list_texts, problem_texts
from monitors.watching import first_contact, thread_commands
from monitors.watching.ask_show import ask_home
from monitors.watching.locate import monitors_on
from monitors.watching.parts import Parts
from monitors.work.intents import request_of

# As many as fit into a message with room to spare.
PAGE: Final = 8


async def run(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    """One attempt only: a person is waiting, so a failure of Parallel is reported at once."""
    await show(parts, request_of(intent, ListRequest))
    return Done()


async def show(parts: Parts, request: ListRequest) -> None:
    try:
        message = await _message(parts, request)
    except ParallelError as error:
        message = note_message(problem_texts.explain_parallel(error, prefix=parts.prefix))
    if message is None:
        await first_contact.not_connected(parts, request)
        return
    await parts.poster.post_ephemeral(request.workspace, request.reply_to, message)


async def cancel_gave_up(parts: Parts, intent: Intent) -> None:
    await thread_commands.gave_up(
        parts, _as_cancel(intent, request_of(intent, CancelListedRequest))
    )


async def cancel(parts: Parts, intent: Intent, attempt: Attempt) -> Outcome:
    request = request_of(intent, CancelListedRequest)
    # By this press if there is progress; else its thread needn't hear that it is over.
    if intent.progress == "{}" and await thread_commands.is_over(parts, request.cancel):
        await _show_again(parts, intent, request.then, list_texts.ALREADY_CANCELLED)
        return Done()
    outcome = await thread_commands.run(parts, _as_cancel(intent, request), attempt)
    if isinstance(outcome, Done):
        is_over = await thread_commands.is_over(parts, request.cancel)
        await _show_again(parts, intent, request.then, list_texts.CANCELLED if is_over else "")
    return outcome


async def _show_again(
    parts: Parts, intent: Intent, then: ListRequest | HomeRequest, said: str
) -> None:
    if isinstance(then, ListRequest):
        await show(parts, replace(then, said=said))
        return
    workspace, user_id, after = then.workspace, then.user_id, intent.intent_id
    await ask_home(parts.queue, workspace, user_id, after=after, look=then.look, said=said)


def _as_cancel(intent: Intent, request: CancelListedRequest) -> Intent:
    return replace(intent, kind=IntentKind.CANCEL, argument=encode(request.cancel))


async def _message(parts: Parts, request: ListRequest) -> Message | None:
    """None if no account is connected. Raises ParallelError."""
    workspace, asker = request.workspace, request.reply_to
    monitors = await monitors_of(parts, workspace)
    if monitors is None:
        return None
    here = [each for each in monitors if channel_of(each) == asker.channel]
    own = [each for each in own_of(monitors, asker.user_id) if each not in here]
    is_partial = False
    try:
        joined = await parts.people.joined(workspace, asker.user_id) if own else frozenset[str]()
        own = await open_to(parts, workspace, own, joined=joined)
    except SlackPostError:
        own, is_partial = [], True
    listed = [*map(Listed, here), *(Listed(each, is_elsewhere=True) for each in own)]
    page = await paged(parts, workspace, listed, at=request.at, size=PAGE)
    page = replace(page, is_partial=is_partial)
    return list_message(page, prefix=parts.prefix, said=request.said)


async def monitors_of(parts: Parts, workspace: Workspace) -> Sequence[Monitor] | None:
    """The active monitors whose metadata names this workspace and app.

    None if no account is connected. Raises ParallelError.
    """
    account = await parts.accounts.for_workspace(workspace)
    return None if account is None else await monitors_on(parts, account, workspace)


async def open_to(
    parts: Parts, workspace: Workspace, monitors: Sequence[Monitor], *, joined: frozenset[str]
) -> list[Monitor]:
    """Those in the channels that a person has `joined`, or that are open to all.

    Raises SlackPostError.
    """
    channels = {channel_of(each) for each in monitors} - joined
    closed = await parts.people.closed(workspace, channels)
    return [each for each in monitors if channel_of(each) not in closed]


async def paged(
    parts: Parts, workspace: Workspace, listed: Sequence[Listed], *, at: str, size: int
) -> MonitorPage:
    """A page of them, in the order of a list."""
    by_place = {place_of(each.monitor, is_elsewhere=each.is_elsewhere): each for each in listed}
    places = sorted(by_place, reverse=True)
    begin, end = page_of(places, at, size)
    newer, older = beside(places, begin, end)
    shown = [by_place[place] for place in places[begin:end]]
    elsewhere = sum(each.is_elsewhere for each in listed)
    return MonitorPage(
        entries=await _described(parts, workspace, shown),
        here=len(listed) - elsewhere,
        elsewhere=elsewhere,
        first=begin + 1,
        newer=newer,
        older=older,
        at=at,
    )


async def _described(
    parts: Parts, workspace: Workspace, shown: Sequence[Listed]
) -> tuple[Listed, ...]:
    account = await parts.accounts.for_workspace(workspace)
    suspended = await parts.monitors.suspended(workspace)
    marked = (replace(each, cannot_post=each.monitor.monitor_id in suspended) for each in shown)
    described = (_describe(parts, workspace, account, each) for each in marked)
    return tuple(await asyncio.gather(*described))


async def _describe(
    parts: Parts, workspace: Workspace, account: ParallelAccount | None, listed: Listed
) -> Listed:
    """With its thread's address and its last finding, as far as Slack and Parallel answer."""
    home = listed.monitor.home
    link = await parts.poster.permalink(workspace, home.thread) if home else None
    newest = await _newest(parts, account, listed.monitor) if account else None
    return replace(listed, link=link, newest=newest)


async def _newest(
    parts: Parts, account: ParallelAccount, monitor: Monitor
) -> tuple[MonitorEvent, ...] | None:
    try:
        listed = await parts.gateway.events_since(
            account, monitor.monitor_id, is_known=lambda _event: True
        )
    except ParallelError:
        return None
    return listed.events[:1]


def channel_of(monitor: Monitor) -> str:
    return monitor.home.thread.channel if monitor.home else ""


def own_of(monitors: Sequence[Monitor], user_id: str) -> list[Monitor]:
    return [each for each in monitors if each.home is not None and user_id in each.home.owners]
