"""A monitor's first message: what it says at each moment of the monitor's life."""

from dataclasses import dataclass
from datetime import datetime

from monitors.model.monitor import Monitor


@dataclass(frozen=True, slots=True)
class SettingUp:
    """Posted, the monitor not made yet; `trouble` says why it takes longer, if it does."""

    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Watching:
    """`monitor_id` is carried by the card's buttons."""

    monitor_id: str
    last_checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    by_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class NotMade:
    """No monitor exists: what happened and what to do, for the person."""

    reason: str


CardState = SettingUp | Watching | Cancelled | NotMade


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says.

    `frequency` and the rest as text, so that a card can be drawn again from Parallel's answer
    alone.
    """

    query: str
    frequency: str
    user_id: str
    state: CardState
    processor: str = "lite"
    include_domains: tuple[str, ...] = ()
    exclude_domains: tuple[str, ...] = ()
    location: str | None = None


def card_of(monitor: Monitor, state: CardState) -> Card:
    """The card of a monitor that Parallel knows."""
    home = monitor.home
    return Card(
        query=monitor.query,
        frequency=monitor.frequency,
        user_id=home.user_id if home else "",
        state=state,
        processor=monitor.processor,
        include_domains=monitor.include_domains,
        exclude_domains=monitor.exclude_domains,
        location=monitor.location,
    )
