"""The forms that change a monitor: what they are filled with, and what a submission comes to.

One edits everything, the other begins at a finding that isn't relevant. Both are kept open until
Parallel has said how the monitor is set now, so that nothing typed is lost.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from monitors.model.account import ParallelAccount
from monitors.model.edit import EditForm, MonitorSettings, hosts_to_exclude, settings_of
from monitors.model.event import Source
from monitors.model.message import Block
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.parallel_errors import ParallelError
from monitors.model.rewording import is_rewording
from monitors.model.slack_errors import HASH_CONFLICT, SlackPostError
from monitors.model.view_requests import EditFormRequest, FindingRef
from monitors.model.web_domain import BadDomainError, parse_domain
from monitors.model.workspace import Workspace
from monitors.ports import MonitorGateway, Views
from monitors.renderer import Renderer
from monitors.texts import edit_texts, problem_texts, thread_texts
from monitors.watching.locate import LocateMonitor
from monitors.watching.permissions import Permissions
from monitors.watching.thread_progress import owner_of

# Slack's most for checkboxes.
MOST_HOSTS: Final = 10


@dataclass(frozen=True, slots=True)
class Ask:
    """The form is shown again, with `words` above it; `is_new`: another monitor would go on."""

    settings: MonitorSettings
    form: EditForm
    words: str
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class FillEditForm:
    """Fills the modal that a button opened, once, or says why there is nothing to edit."""

    locate: LocateMonitor
    gateway: MonitorGateway
    permissions: Permissions
    views: Views
    renderer: Renderer
    prefix: str

    async def show(self, request: EditFormRequest) -> None:
        """Raises SlackPostError: it was closed in the meantime, most likely."""
        try:
            view = await self._view(request)
        except ParallelError as error:
            view = self._notice(request, problem_texts.explain_parallel(error, prefix=self.prefix))
        try:
            await self.views.update(
                request.workspace, request.view_id, view, view_hash=request.view_hash
            )
        except SlackPostError as error:
            # Filled by an earlier attempt, whose answer was lost: what is typed by now stays.
            if error.code != HASH_CONFLICT:
                raise

    async def _view(self, request: EditFormRequest) -> Block:
        workspace, thread = request.workspace, request.thread
        located = await self.locate.in_thread(workspace, thread, hint=request.monitor_id)
        if located is None:
            return self._notice(request, thread_texts.NO_MONITOR_HERE)
        refusal = await self.permissions.why_not(
            workspace, request.user_id, request.user_team, owner_id=owner_of(located, None)
        )
        if refusal is not None:
            return self._notice(request, refusal)
        monitor = located.monitor
        if monitor.status is MonitorStatus.CANCELLED:
            return self._notice(request, edit_texts.CANNOT_EDIT_CANCELLED)
        settings = settings_of(monitor)
        hosts = None
        if request.finding is not None:
            found = await self._hosts(located.account, monitor, request.finding)
            hosts = hosts_to_exclude(found, settings)[:MOST_HOSTS]
        form = EditForm(thread, monitor.monitor_id, settings.fingerprint, hosts=hosts)
        return self.renderer.edit_form(settings, form, is_snapshot=monitor.is_snapshot)

    async def _hosts(
        self, account: ParallelAccount, monitor: Monitor, finding: FindingRef
    ) -> Sequence[str]:
        """None if the finding isn't there, as one of a monitor that ended."""
        group = await self.gateway.event_group(account, monitor.monitor_id, finding.group_id)
        sources = (
            source
            for event in group.events
            if event.event_id == finding.event_id
            for source in event.sources
        )
        return tuple(dict.fromkeys(_hosts_of(sources)))

    def _notice(self, request: EditFormRequest, text: str) -> Block:
        return self.renderer.notice_modal(
            text, title=edit_texts.title(is_finding=request.finding is not None)
        )


@dataclass(frozen=True, slots=True)
class ReadEditedMonitor:
    """How a form's monitor is set now."""

    locate: LocateMonitor

    async def __call__(self, workspace: Workspace, form: EditForm) -> Monitor | str:
        """The monitor, or why it can't be changed. Raises ParallelError."""
        located = await self.locate.in_thread(workspace, form.thread, hint=form.monitor_id)
        if located is None:
            return thread_texts.NO_MONITOR_HERE
        if located.monitor.status is MonitorStatus.CANCELLED:
            return edit_texts.CANNOT_EDIT_CANCELLED
        return located.monitor


def judge(form: EditForm, current: MonitorSettings, wanted: MonitorSettings) -> Ask | None:
    """What to ask the person before `wanted` is done; None if there is nothing to ask."""
    if form.seen != current.fingerprint:
        typed = edit_texts.changes(current, wanted)
        fresh = replace(form, seen=current.fingerprint, shown="")
        return Ask(current, fresh, edit_texts.outdated(typed))
    is_new = not is_rewording(current.query, wanted.query)
    if wanted.fingerprint == form.shown or not (is_new or form.hosts is not None):
        return None
    will_change = edit_texts.will_change(edit_texts.changes(current, wanted))
    words = f"{will_change} {edit_texts.DIFFERENT_QUESTION}" if is_new else will_change
    return Ask(wanted, replace(form, shown=wanted.fingerprint), words, is_new=is_new)


def _hosts_of(sources: Iterator[Source]) -> Iterator[str]:
    for source in sources:
        with suppress(BadDomainError, ValueError):
            yield parse_domain((urlsplit(source.url).hostname or "").removeprefix("www."))
