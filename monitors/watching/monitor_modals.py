"""The modals about the monitor in a thread: found, allowed and filled, or why they can't be."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, assert_never
from urllib.parse import urlsplit

from monitors.blocks.card_forms import cancel_form
from monitors.blocks.delivery_form import delivery_form
from monitors.blocks.edit_form import edit_form
from monitors.blocks.history import history_modal
from monitors.blocks.notices import notice_modal
from monitors.delivery.creation import creation_in_progress
from monitors.model.codec import encode
from monitors.model.delivery_policy import known_zone
from monitors.model.edit import EditForm, hosts_to_exclude, settings_of
from monitors.model.event import Source
from monitors.model.message import Block
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.parallel_errors import ParallelError
from monitors.model.slack_errors import HASH_CONFLICT, SlackPostError
from monitors.model.view_requests import (
    CancelFormRequest,
    DeliveryFormRequest,
    EditFormRequest,
    FindingRef,
    HistoryRequest,
    MonitorModalRequest,
)
from monitors.model.web_domain import BadDomainError, parse_domain
from monitors.ports import MonitorGateway, People, Views
from monitors.texts import delivery_texts, edit_texts, list_texts, problem_texts, thread_texts
from monitors.watching.delivery_form import DeliveryPlace
from monitors.watching.locate import Located, LocateMonitor
from monitors.watching.permissions import Permissions
from monitors.watching.thread_progress import owners_of
from monitors.work.intent_store import SqlIntents

HISTORY_PAGE: Final = 15
# Slack's most for checkboxes.
MOST_HOSTS: Final = 10


@dataclass(frozen=True, slots=True)
class FillMonitorModal:
    """Fills a modal that a button or the shortcut opened."""

    locate: LocateMonitor
    intents: SqlIntents
    gateway: MonitorGateway
    permissions: Permissions
    people: People
    views: Views
    prefix: str

    async def show(self, request: MonitorModalRequest) -> None:
        """Raises SlackPostError: it was closed in the meantime, most likely."""
        try:
            view = await self._view(request)
        except ParallelError as error:
            view = problem_texts.explain_parallel(error, prefix=self.prefix)
        if isinstance(view, str):
            view = notice_modal(view, title=_title(request))
        has_fields = isinstance(request, EditFormRequest | DeliveryFormRequest)
        view_hash = request.view_hash if has_fields else ""
        try:
            await self.views.update(
                request.asked.workspace, request.view_id, view, view_hash=view_hash
            )
        except SlackPostError as error:
            # Filled by an earlier attempt, whose answer was lost: what is typed by now stays.
            if error.code != HASH_CONFLICT:
                raise

    async def _view(self, request: MonitorModalRequest) -> Block | str:
        """The view, or why there is none. Raises ParallelError and SlackPostError."""
        asked = request.asked
        located = await self.locate.in_thread(asked.workspace, asked.thread, hint=asked.monitor_id)
        if isinstance(request, CancelFormRequest):
            return await self._cancel_form(request, located)
        if located is None:
            return thread_texts.NO_MONITOR_HERE
        refusal = await self.permissions.why_not(
            asked,
            owners=owners_of(located, None),
            is_change=not isinstance(request, HistoryRequest),
        )
        if refusal is not None:
            return refusal
        match request:
            case HistoryRequest():
                return await self._history(request, located)
            case DeliveryFormRequest():
                return await self._delivery_form(request, located.monitor)
            case EditFormRequest():
                return await self._edit_form(request, located)
            case _:
                assert_never(request)

    async def _cancel_form(
        self, request: CancelFormRequest, located: Located | None
    ) -> Block | str:
        asked, start = request.asked, None
        if located is not None and located.monitor.status is not MonitorStatus.ACTIVE:
            located = None
        if located is None:
            start = await creation_in_progress(self.intents, asked.workspace, asked.thread)
        if located is None and start is None:
            return thread_texts.NO_MONITOR_HERE
        refusal = await self.permissions.why_not(asked, owners=owners_of(located, start))
        if refusal is not None:
            return refusal
        query = start.request.spec.query if start else located.monitor.query if located else ""
        return cancel_form(query, thread=encode(asked.thread))

    async def _history(self, request: HistoryRequest, located: Located) -> Block:
        monitor, trail = located.monitor, request.at.trail
        page = await self.gateway.history(
            located.account,
            monitor.monitor_id,
            limit=HISTORY_PAGE,
            cursor=trail[-1] if trail else None,
        )
        return history_modal(monitor, page, at=request.at)

    async def _delivery_form(self, request: DeliveryFormRequest, monitor: Monitor) -> Block | str:
        if monitor.status is MonitorStatus.CANCELLED:
            return delivery_texts.IS_CANCELLED
        zone, home = known_zone(None), monitor.home
        if home is not None and home.user_id:
            owner = await self.people.person(request.asked.workspace, home.user_id)
            zone = known_zone(owner.zone)
        return delivery_form(
            replace(monitor.delivery, zone=zone),
            place=encode(DeliveryPlace(request.asked.thread, zone, seen=monitor.delivery)),
        )

    async def _edit_form(self, request: EditFormRequest, located: Located) -> Block | str:
        monitor = located.monitor
        if monitor.status is MonitorStatus.CANCELLED:
            return edit_texts.CANNOT_EDIT_CANCELLED
        settings, hosts = settings_of(monitor), None
        if request.finding is not None:
            found = await self._hosts(located, request.finding)
            hosts = hosts_to_exclude(found, settings)[:MOST_HOSTS]
        form = EditForm(request.asked.thread, monitor.monitor_id, settings.fingerprint, hosts=hosts)
        return edit_form(settings, form, is_snapshot=monitor.is_snapshot)

    async def _hosts(self, located: Located, finding: FindingRef) -> Sequence[str]:
        """Of the finding's sources; none if it isn't there, as one of a monitor that ended."""
        group = await self.gateway.event_group(
            located.account, located.monitor.monitor_id, finding.group_id
        )
        sources = (
            source
            for event in group.events
            if event.event_id == finding.event_id
            for source in event.sources
        )
        return tuple(dict.fromkeys(_hosts_of(sources)))


def _title(request: MonitorModalRequest) -> str:
    match request:
        case CancelFormRequest():
            return thread_texts.CANCEL_TITLE
        case DeliveryFormRequest():
            return delivery_texts.DELIVERY_TITLE
        case HistoryRequest():
            return list_texts.HISTORY_TITLE
        case EditFormRequest():
            return edit_texts.title(is_finding=request.finding is not None)
        case _:
            assert_never(request)


def _hosts_of(sources: Iterator[Source]) -> Iterator[str]:
    for source in sources:
        with suppress(BadDomainError, ValueError):
            yield parse_domain((urlsplit(source.url).hostname or "").removeprefix("www."))
