"""What people press about monitors: on cards, under findings, in lists and in modals."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from bot.listeners.interactions import Press, try_modal
from monitors.blocks import card
from monitors.blocks.card_forms import snooze_form
from monitors.blocks.decisions import MOVE, MOVE_BLOCK, SHOW_MONITORS, START_ANYWAY
from monitors.blocks.finding_buttons import NOT_RELEVANT, RESEARCH
from monitors.blocks.history import EXPORT_HISTORY, HISTORY_PAGES
from monitors.blocks.home import ALL, FILTER, HOME_PAGES, SEARCH, look_of
from monitors.blocks.listing import CANCEL_LISTED, LIST_PAGES
from monitors.blocks.notices import notice_modal
from monitors.blocks.text import sendable
from monitors.model.codec import decode, encode
from monitors.model.intent import IntentKind
from monitors.model.listing import NEWER, HistoryAt, HomeLook, ListedMonitor
from monitors.model.requests import ListRequest, MoveRequest, ResearchRequest
from monitors.model.research import AskedFinding
from monitors.model.view_requests import (
    CancelListedRequest,
    HomeRequest,
    MonitorModal,
    MonitorModalRequest,
)
from monitors.texts import file_texts, start_texts
from monitors.texts.thread_texts import MODAL_TITLES
from monitors.watching import waiting
from monitors.watching.ask_show import ask_home

_LOOKING: Final = "One moment, reading the monitor…"
# Buttons, and choices of the card's menu.
AT_ONCE: Final = {
    card.CANCEL: IntentKind.CANCEL,
    card.RUN_NOW: IntentKind.RUN_NOW,
    card.PAUSE: IntentKind.PAUSE,
    card.RESUME: IntentKind.RESUME,
}


async def _ask(press: Press) -> None:
    await _ask_at_once(press, press.action_id, monitor_id=press.value or None)


async def _ask_at_once(press: Press, asked: str, *, monitor_id: str | None = None) -> None:
    request = press.actor.asks_of(
        press.actor.in_thread, reply_to=press.reply_to, monitor_id=monitor_id
    )
    await press.submit(AT_ONCE[asked], request)


async def _menu(press: Press) -> None:
    if press.value == card.SNOOZE:
        await press.open(snooze_form(encode(press.actor.in_thread)))
    elif press.value == card.DELIVERY:
        await _open(press, "delivery")
    elif press.value in AT_ONCE:
        await _ask_at_once(press, press.value)


async def _open(
    press: Press,
    about: MonitorModal,
    *,
    monitor_id: str | None = None,
    finding: AskedFinding | None = None,
) -> None:
    """At once, because a trigger is short-lived; filled when the monitor is found."""
    asked = press.actor.asks_of(press.actor.in_thread, monitor_id=monitor_id)
    opened = await press.open(notice_modal(_LOOKING, title=MODAL_TITLES[about]))
    if opened is not None:
        request = MonitorModalRequest(asked, opened.id, opened.hash, about, finding=finding)
        await press.fill(request)


async def _edit(press: Press) -> None:
    await _open(press, "edit", monitor_id=press.value or None)


async def _not_relevant(press: Press) -> None:
    await _open(press, "not_relevant", finding=decode(AskedFinding, press.value))


async def _history(press: Press) -> None:
    await _open(press, "history", monitor_id=press.value or None)


async def _turn_history(press: Press) -> None:
    at = decode(HistoryAt, press.view.private_metadata)
    trail = at.trail
    if press.value == NEWER:
        trail = trail[:-1]
    elif at.older is not None:
        trail = (*trail, at.older)
    asked = press.actor.asks_of(at.thread, monitor_id=at.monitor_id)
    at = replace(at, trail=trail, older=None)
    await press.fill(MonitorModalRequest(asked, press.view.id, at=at), turn=press.once)


async def _export_history(press: Press) -> None:
    at = decode(HistoryAt, press.view.private_metadata)
    # One file for each time that the modal was opened, however often it is pressed.
    await press.submit(
        IntentKind.EXPORT_HISTORY,
        press.actor.asks_of(at.thread, monitor_id=at.monitor_id),
        once=f"export:{press.workspace.team_id}:{press.view.id}",
    )
    notice = notice_modal(file_texts.SENDING, title=file_texts.EXPORT_TITLE)
    await try_modal(press.services, press.once, press.actor, notice, on_top=True)


async def _research(press: Press) -> None:
    request = ResearchRequest(
        workspace=press.workspace,
        thread=press.actor.in_thread,
        reply_to=press.reply_to,
        finding=decode(AskedFinding, press.value),
        user_team=press.actor.user_team,
    )
    await press.submit(IntentKind.RESEARCH, request)


async def _move(press: Press) -> None:
    if press.value:
        request = MoveRequest(
            workspace=press.workspace,
            monitor_id=press.action.block_id.removeprefix(MOVE_BLOCK),
            channel=press.value,
            reply_to=press.reply_to,
            user_team=press.actor.user_team,
        )
        await press.submit(IntentKind.MOVE, request)


async def _start_anyway(press: Press) -> None:
    reply_to = replace(press.reply_to, replaces=True)
    if not await waiting.answered(press.services.parts, press.workspace, press.value, reply_to):
        await press.tell(reply_to, start_texts.QUESTION_OVER)


async def _list(press: Press) -> None:
    """A page of it; the first, instead of a question."""
    at = press.value if press.action_id in LIST_PAGES else ""
    reply_to = replace(press.reply_to, replaces=True)
    await press.submit(IntentKind.LIST, ListRequest(press.workspace, reply_to, at=at))


async def _look_in_home(press: Press) -> None:
    view, look = press.view, look_of(press.view.private_metadata)
    if press.action_id in HOME_PAGES:
        look = replace(look, at=press.value)
    else:
        only = view.one(FILTER)
        look = HomeLook(sendable(view.one(SEARCH)).strip(), "" if only == ALL else only)
    queue, person = press.services.parts.queue, press.actor.person
    await ask_home(queue, press.workspace, person, after=press.once, look=look)


async def _cancel_listed(press: Press) -> None:
    listed = decode(ListedMonitor, press.value)
    asked = press.actor.asks_of(listed.thread, monitor_id=listed.monitor_id)
    cancel = replace(asked, is_listed=True)
    then: ListRequest | HomeRequest
    if press.payload.view is not None:
        look = look_of(press.payload.view.private_metadata)
        then = HomeRequest(press.workspace, press.actor.person, look)
    else:
        cancel = replace(cancel, reply_to=press.reply_to)
        then = ListRequest(press.workspace, replace(press.reply_to, replaces=True), listed.at)
    request = CancelListedRequest(press.workspace, cancel, then)
    await press.submit(IntentKind.CANCEL_LISTED, request)


async def ask_to_cancel(press: Press) -> None:
    """The message shortcut *Cancel this monitor*: it asks first."""
    await _open(press, "cancel")


PRESSES: Final[dict[str, Callable[[Press], Awaitable[None]]]] = {
    card.CANCEL: _ask,
    card.RUN_NOW: _ask,
    card.MORE: _menu,
    card.EDIT: _edit,
    NOT_RELEVANT: _not_relevant,
    card.HISTORY: _history,
    **dict.fromkeys(HISTORY_PAGES, _turn_history),
    EXPORT_HISTORY: _export_history,
    RESEARCH: _research,
    MOVE: _move,
    START_ANYWAY: _start_anyway,
    **dict.fromkeys((SHOW_MONITORS, *LIST_PAGES), _list),
    **dict.fromkeys((*HOME_PAGES, SEARCH, FILTER), _look_in_home),
    CANCEL_LISTED: _cancel_listed,
}
