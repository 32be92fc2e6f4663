"""When and how a monitor's findings are posted, and when what waits is due.

Days have 23 to 25 hours where clocks change. A time that a day lacks is as much later as the clocks
jump; of a time that a day has twice, the first counts. So each day has exactly one of each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MOST_CHARACTERS: Final = 40
# A week, and a day for where it is another date.
_DAYS: Final = 8
_RANKS: Final = {"low": 1, "medium": 2, "high": 3}

_E = TypeVar("_E", bound=StrEnum)


class Mode(StrEnum):
    AS_IT_HAPPENS = "now"
    DAILY = "daily"
    WEEKLY = "weekly"


class Floor(StrEnum):
    """The least confidence that is posted; a finding without one always is."""

    NONE = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time to another, over midnight if that is earlier."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """Times are those of `zone`, an IANA name. A digest comes `at` each day, or each `weekday`.

    Quiet hours are for what is posted as it happens. `in_channel`: findings are shown there too.
    """

    mode: Mode = Mode.AS_IT_HAPPENS
    at: time = time(9)
    weekday: int = 0
    quiet: QuietHours | None = None
    floor: Floor = Floor.NONE
    in_channel: bool = False
    mentions_owner: bool = False
    zone: str = "UTC"

    @property
    def is_digest(self) -> bool:
        return self.mode is not Mode.AS_IT_HAPPENS

    @property
    def may_hold(self) -> bool:
        """Whether findings wait sometimes."""
        return self.is_digest or self.quiet is not None

    def shows(self, confidence: str | None) -> bool:
        """An unknown word isn't known to be below the floor."""
        rank = _RANKS.get((confidence or "").strip().lower())
        return rank is None or rank >= _RANKS[self.floor.value]

    def held_until(
        self, now: datetime, *, ran_at: datetime | None = None, digest_at: datetime | None = None
    ) -> datetime | None:
        """Until when what was found waits; None if it is due.

        `ran_at`: the monitor's last run. `digest_at`: the digest that a job was queued for, which
        also has what is found while it comes.
        """
        if not self.is_digest:
            return self._quiet_until(now)
        moments = list(self._digests(now))
        last = max(each for each in moments if each <= now)
        if last == digest_at or (ran_at is not None and ran_at <= last):
            return None
        return min(each for each in moments if each > now)

    def _digests(self, now: datetime) -> Iterator[datetime]:
        for day in _days_around(now, self.zone, days=_DAYS):
            if self.mode is Mode.DAILY or day.weekday() == self.weekday:
                yield moment(day, self.at, self.zone)

    def _quiet_until(self, now: datetime) -> datetime | None:
        quiet = self.quiet
        if quiet is None:
            return None
        nights = timedelta(days=1 if quiet.end <= quiet.start else 0)
        for day in _days_around(now, self.zone, days=2):
            end = moment(day + nights, quiet.end, self.zone)
            if moment(day, quiet.start, self.zone) <= now < end:
                return end
        return None

    def to_values(self) -> dict[str, object]:
        """For JSON: what differs from the default."""
        values: dict[str, object] = {}
        if self.is_digest:
            values["mode"] = self.mode.value
            values["at"] = self.at.isoformat()
        if self.mode is Mode.WEEKLY:
            values["weekday"] = self.weekday
        if self.quiet is not None:
            values["quiet"] = [self.quiet.start.isoformat(), self.quiet.end.isoformat()]
        if self.floor is not Floor.NONE:
            values["floor"] = self.floor.value
        if self.in_channel:
            values["channel"] = True
        if self.mentions_owner:
            values["mention"] = True
        if self.may_hold:
            values["zone"] = self.zone
        return values

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> "DeliveryPolicy":
        """What can't be read counts as not set."""
        at, weekday = _time(values.get("at")), values.get("weekday")
        is_day = isinstance(weekday, int) and not isinstance(weekday, bool) and 0 <= weekday < 7  # noqa: PLR2004
        return cls(
            mode=_one_of(Mode, values.get("mode"), Mode.AS_IT_HAPPENS),
            at=at if at is not None else time(9),
            weekday=int(weekday) if isinstance(weekday, int) and is_day else 0,
            quiet=_quiet(values.get("quiet")),
            floor=_one_of(Floor, values.get("floor"), Floor.NONE),
            in_channel=values.get("channel") is True,
            mentions_owner=values.get("mention") is True,
            zone=known_zone(values.get("zone")),
        )


AS_IT_HAPPENS: Final = DeliveryPolicy()


def moment(day: date, at: time, zone: str) -> datetime:
    """When it is that time of that day in the zone, in UTC."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def known_zone(name: object) -> str:
    """The name, if it is a time zone's here; else UTC."""
    if not isinstance(name, str) or len(name) > _MOST_CHARACTERS:
        return "UTC"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


def _days_around(now: datetime, zone: str, *, days: int) -> Iterator[date]:
    today = now.astimezone(ZoneInfo(zone)).date()
    return (today + timedelta(days=ahead) for ahead in range(-days, days + 1))


def _quiet(value: object) -> QuietHours | None:
    match value:
        case [str() as first, str() as second]:
            start, end = _time(first), _time(second)
        case _:
            return None
    return (
        QuietHours(start, end) if start is not None and end is not None and start != end else None
    )


def _time(value: object) -> time | None:
    """Local, so an offset is no part of it."""
    try:
        found = time.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if found is None else found.replace(tzinfo=None, microsecond=0)


def _one_of(kind: type[_E], value: object, default: _E) -> _E:
    return kind(value) if isinstance(value, str) and value in set(kind) else default
