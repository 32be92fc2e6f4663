"""The modals about the monitor in a thread: found, allowed and filled, or why they can't be."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from monitors.blocks.card_forms import cancel_form
from monitors.blocks.delivery_form import DeliveryPlace, delivery_form
from monitors.blocks.edit_form import edit_form
from monitors.blocks.history import history_modal
from monitors.blocks.notices import notice_modal
from monitors.delivery.address import Addressed
from monitors.delivery.creation import creation_in_progress
from monitors.model.codec import encode
from monitors.model.delivery_policy import known_zone
from monitors.model.edit import EditForm, hosts_to_exclude, settings_of
from monitors.model.event import Source
from monitors.model.listing import HistoryAt
from monitors.model.message import Block
from monitors.model.monitor import MonitorStatus
from monitors.model.parallel_errors import ParallelError
from monitors.model.research import AskedFinding
from monitors.model.view_requests import MonitorModalRequest
from monitors.model.web_domain import BadDomainError, parse_domain
from monitors.texts import delivery_texts, edit_texts, problem_texts, thread_texts
from monitors.watching import locate, permissions
from monitors.watching.parts import Parts

HISTORY_PAGE: Final = 15
# Slack's most for checkboxes.
MOST_HOSTS: Final = 10


async def view_of(parts: Parts, request: MonitorModalRequest) -> Block:
    """What it says once it is filled. Raises SlackPostError."""
    try:
        view = await _view(parts, request)
    except ParallelError as error:
        view = problem_texts.explain_parallel(error, prefix=parts.prefix)
    if not isinstance(view, str):
        return view
    return notice_modal(view, title=thread_texts.MODAL_TITLES[request.about])


async def _view(parts: Parts, request: MonitorModalRequest) -> Block | str:
    """The view, or why there is none. Raises ParallelError and SlackPostError."""
    asked, start = request.asked, None
    located = await locate.in_thread(parts, asked.workspace, asked.thread, hint=asked.monitor_id)
    if request.about == "cancel" and not (located and _is_active(located)):
        start = await creation_in_progress(parts.intents, asked.workspace, asked.thread)
        located = None
    if located is None and start is None:
        return thread_texts.NO_MONITOR_HERE
    owners, is_change = permissions.owners_of(located, start), request.about != "history"
    refusal = await permissions.why_not(parts, asked, owners=owners, is_change=is_change)
    if refusal is not None:
        return refusal
    if request.about == "cancel" or located is None:
        query = located.monitor.query if located else start.request.spec.query if start else ""
        return cancel_form(query, thread=encode(asked.thread))
    match request.about:
        case "history":
            return await _history(parts, request, located)
        case "delivery":
            return await _delivery_form(parts, request, located)
        case "edit" | "not_relevant":
            return await _edit_form(parts, request, located)


async def _history(parts: Parts, request: MonitorModalRequest, located: Addressed) -> Block:
    monitor, asked = located.monitor, request.asked
    at = request.at or HistoryAt(asked.thread, asked.monitor_id)
    cursor = at.trail[-1] if at.trail else None
    page = await parts.gateway.history(
        located.account, monitor.monitor_id, limit=HISTORY_PAGE, cursor=cursor
    )
    return history_modal(monitor, page, at=at)


async def _delivery_form(
    parts: Parts, request: MonitorModalRequest, located: Addressed
) -> Block | str:
    monitor, zone, owner = located.monitor, known_zone(None), located.home.user_id
    if not _is_active(located):
        return delivery_texts.IS_CANCELLED
    if owner:
        zone = known_zone((await parts.people.person(located.workspace, owner)).zone)
    return delivery_form(
        replace(monitor.delivery, zone=zone),
        place=encode(DeliveryPlace(request.asked.thread, zone, seen=monitor.delivery)),
    )


async def _edit_form(parts: Parts, request: MonitorModalRequest, located: Addressed) -> Block | str:
    monitor = located.monitor
    if not _is_active(located):
        return edit_texts.CANNOT_EDIT_CANCELLED
    settings, hosts = settings_of(monitor), None
    if request.finding is not None:
        found = await _hosts(parts, located, request.finding)
        hosts = hosts_to_exclude(found, settings)[:MOST_HOSTS]
    form = EditForm(request.asked.thread, monitor.monitor_id, settings.fingerprint, hosts=hosts)
    return edit_form(settings, form, is_snapshot=monitor.is_snapshot)


async def _hosts(parts: Parts, located: Addressed, finding: AskedFinding) -> Sequence[str]:
    """Of the finding's sources; none if it isn't there, as one of a monitor that ended."""
    group = await parts.gateway.event_group(
        located.account, located.monitor.monitor_id, finding.group_id
    )
    sources = (
        source
        for event in group.events
        if event.event_id == finding.event_id
        for source in event.sources
    )
    return tuple(dict.fromkeys(_hosts_of(sources)))


def _is_active(located: Addressed) -> bool:
    return located.monitor.status is MonitorStatus.ACTIVE


def _hosts_of(sources: Iterator[Source]) -> Iterator[str]:
    for source in sources:
        with suppress(BadDomainError, ValueError):
            yield parse_domain((urlsplit(source.url).hostname or "").removeprefix("www."))
