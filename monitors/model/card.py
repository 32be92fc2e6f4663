"""A monitor's first message, and its states from setup to cancellation."""

from dataclasses import dataclass
from datetime import datetime

from monitors.model.delivery_policy import AS_IT_HAPPENS, DeliveryPolicy
from monitors.model.edit import MonitorSettings, settings_of
from monitors.model.monitor import Monitor


@dataclass(frozen=True, slots=True)
class SettingUp:
    """Posted, but the monitor doesn't exist yet. `trouble` says why it takes longer."""

    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Watching:
    """`monitor_id` is carried by the card's buttons. `is_overdue`: two checks didn't come.

    `found`: how many findings the thread has.
    """

    monitor_id: str
    last_checked_at: datetime | None = None
    is_overdue: bool = False
    found: int = 0


@dataclass(frozen=True, slots=True)
class OnHold:
    """Snoozed until a moment, or else paused; `monitor_id` as above."""

    monitor_id: str
    by_user_id: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    by_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class NotMade:
    """The monitor couldn't be created; `reason` says what happened and what to do."""

    reason: str


CardState = SettingUp | Watching | OnHold | Cancelled | NotMade


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows. `left_out`: how many findings weren't posted for their confidence."""

    settings: MonitorSettings
    user_id: str
    state: CardState
    delivery: DeliveryPolicy = AS_IT_HAPPENS
    left_out: int = 0
    fields: tuple[str, ...] = ()
    tracks: bool = False


def card_of(monitor: Monitor, state: CardState, *, left_out: int = 0) -> Card:
    """The card of a monitor that Parallel knows: redrawn from its answer alone."""
    return Card(
        settings=settings_of(monitor),
        user_id=monitor.home.user_id if monitor.home else "",
        state=state,
        delivery=monitor.delivery,
        left_out=left_out,
        fields=monitor.fields,
        tracks=monitor.is_snapshot,
    )
