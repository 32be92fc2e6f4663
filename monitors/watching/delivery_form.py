"""The form for how a monitor's findings are posted: filled as it is now, and read."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import time
from typing import Final

from monitors.model.codec import encode
from monitors.model.delivery_policy import DeliveryPolicy, Floor, Mode, QuietHours, known_zone
from monitors.model.message import Block
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import StartRequest
from monitors.model.slack_errors import REFUSALS
from monitors.model.view_requests import DeliveryFormRequest
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import People, Views
from monitors.renderer import Renderer
from monitors.texts import delivery_texts, problem_texts, thread_texts
from monitors.watching.locate import LocateMonitor
from monitors.watching.permissions import Permissions
from monitors.watching.thread_progress import owner_of

WHEN: Final = "when"
AT: Final = "at"
QUIET_FROM: Final = "quiet_from"
QUIET_UNTIL: Final = "quiet_until"
FLOOR: Final = "floor"
WHERE: Final = "where"
# The choices of WHERE.
IN_CHANNEL: Final = "in_channel"
MENTIONS: Final = "mentions"


@dataclass(frozen=True, slots=True)
class DeliveryPlace:
    """What comes back with the form: the monitor's thread, and the owner's time zone."""

    thread: ThreadRef
    zone: str


@dataclass(frozen=True, slots=True)
class ChosenDelivery:
    """The fields as they were filled in; times as Slack writes them, `09:00`."""

    when: str = ""
    at: str = ""
    quiet_from: str = ""
    quiet_until: str = ""
    floor: str = ""
    where: frozenset[str] = frozenset()


def when_of(policy: DeliveryPolicy) -> str:
    """The value of the choice for how often."""
    is_weekly = policy.mode is Mode.WEEKLY
    return f"{policy.mode.value}{policy.weekday}" if is_weekly else policy.mode.value


def read_when(value: str) -> DeliveryPolicy:
    """The opposite; what the form doesn't offer is as it happens."""
    mode, day = value.rstrip("0123456"), value[len(value.rstrip("0123456")) :]
    return DeliveryPolicy.from_values({"mode": mode, "weekday": int(day) if len(day) == 1 else 0})


def read_delivery(chosen: ChosenDelivery, *, zone: str) -> DeliveryPolicy | dict[str, str]:
    """The policy, or what is wrong by field."""
    quiet = None
    if bool(chosen.quiet_from) != bool(chosen.quiet_until):
        missing = QUIET_UNTIL if chosen.quiet_from else QUIET_FROM
        return {missing: delivery_texts.BOTH_QUIET_TIMES}
    if chosen.quiet_from:
        quiet = QuietHours(
            time.fromisoformat(chosen.quiet_from), time.fromisoformat(chosen.quiet_until)
        )
        if quiet.start == quiet.end:
            return {QUIET_UNTIL: delivery_texts.QUIET_ALL_DAY}
    policy = replace(
        read_when(chosen.when),
        at=time.fromisoformat(chosen.at) if chosen.at else time(9),
        quiet=quiet,
        floor=Floor(chosen.floor) if chosen.floor in set(Floor) else Floor.NONE,
        in_channel=IN_CHANNEL in chosen.where,
        mentions_owner=MENTIONS in chosen.where,
        zone=known_zone(zone),
    )
    # As it will be read again: what doesn't matter isn't kept.
    return DeliveryPolicy.from_values(policy.to_values())


async def delivery_of(request: StartRequest, people: People) -> DeliveryPolicy:
    """What was chosen for a new monitor, in its owner's time zone. Raises SlackPostError."""
    delivery = request.spec.delivery
    if not delivery.may_hold:
        return delivery
    with suppress(*REFUSALS):
        person = await people.person(request.workspace, request.reply_to.user_id)
        return replace(delivery, zone=known_zone(person.zone))
    return delivery


@dataclass(frozen=True, slots=True)
class FillDeliveryForm:
    """Shows what is chosen now, or says why nothing can be."""

    locate: LocateMonitor
    permissions: Permissions
    people: People
    views: Views
    renderer: Renderer
    prefix: str

    async def show(self, request: DeliveryFormRequest) -> None:
        """Raises SlackPostError: it was closed in the meantime, most likely."""
        try:
            view = await self._view(request)
        except ParallelError as error:
            view = self._notice(problem_texts.explain_parallel(error, prefix=self.prefix))
        await self.views.update(request.workspace, request.view_id, view)

    async def _view(self, request: DeliveryFormRequest) -> Block:
        workspace, thread = request.workspace, request.thread
        located = await self.locate.in_thread(workspace, thread)
        if located is None:
            return self._notice(thread_texts.NO_MONITOR_HERE)
        refusal = await self.permissions.why_not(
            workspace, request.user_id, request.user_team, owner_id=owner_of(located, None)
        )
        if refusal is not None:
            return self._notice(refusal)
        monitor = located.monitor
        if monitor.status is MonitorStatus.CANCELLED:
            return self._notice(delivery_texts.IS_CANCELLED)
        zone = await self._zone(workspace, monitor)
        shown = replace(monitor.delivery, zone=zone)
        return self.renderer.delivery_form(shown, place=encode(DeliveryPlace(thread, zone)))

    async def _zone(self, workspace: Workspace, monitor: Monitor) -> str:
        """The owner's. One that nobody knows has none. Raises SlackPostError."""
        home = monitor.home
        if home is None or not home.user_id:
            return known_zone(None)
        return known_zone((await self.people.person(workspace, home.user_id)).zone)

    def _notice(self, text: str) -> Block:
        return self.renderer.notice_modal(text, title=delivery_texts.DELIVERY_TITLE)
