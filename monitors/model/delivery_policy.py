"""When and how a monitor's findings are posted, and when what waits is due.

Days have 23 to 25 hours where clocks change. A time that a day lacks is as much later as the clocks
jump; of a time that a day has twice, the first counts. So each day has exactly one of each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, Strict

from monitors.model.codec import OrDefault

_MOST_CHARACTERS: Final = 40
# A week, and a day for where it is another date.
_DAYS: Final = 8
_RANKS: Final = {"low": 1, "medium": 2, "high": 3}


def _read_time(text: object) -> time:
    """Local, so an offset is no part of it."""
    if not isinstance(text, str):
        raise ValueError("It isn't a time.")  # noqa: TRY004 - what pydantic takes for unreadable
    return time.fromisoformat(text).replace(tzinfo=None, microsecond=0)


def _not_endless(quiet: "QuietHours") -> "QuietHours":
    if quiet.start == quiet.end:
        raise ValueError("These hours would never end.")
    return quiet


def known_zone(name: object) -> str:
    """The name, if it is a time zone's here; else UTC."""
    if not isinstance(name, str) or len(name) > _MOST_CHARACTERS:
        return "UTC"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


_Time = Annotated[time, BeforeValidator(_read_time)]


class Mode(StrEnum):
    AS_IT_HAPPENS = "now"
    DAILY = "daily"
    WEEKLY = "weekly"


class Floor(StrEnum):
    """The least confidence that is posted; a finding without one always is."""

    NONE = "low"
    MEDIUM = "medium"
    HIGH = "high"


class QuietHours(NamedTuple):
    """From one time to another, over midnight if that is earlier."""

    start: _Time
    end: _Time


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """Times are those of `zone`, an IANA name. A digest comes `at` each day, or each `weekday`.

    Quiet hours are for what is posted as it happens. `in_channel`: findings are shown there too.
    """

    mode: OrDefault[Mode] = Mode.AS_IT_HAPPENS
    at: OrDefault[_Time] = time(9)
    weekday: OrDefault[Annotated[int, Strict(), Field(ge=0, le=6)]] = 0
    quiet: OrDefault[Annotated[QuietHours, AfterValidator(_not_endless)] | None] = None
    floor: OrDefault[Floor] = Floor.NONE
    in_channel: Annotated[OrDefault[Annotated[bool, Strict()]], Field(alias="channel")] = False
    mentions_owner: Annotated[OrDefault[Annotated[bool, Strict()]], Field(alias="mention")] = False
    zone: OrDefault[Annotated[str, AfterValidator(known_zone)]] = "UTC"

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


AS_IT_HAPPENS: Final = DeliveryPolicy()


def moment(day: date, at: time, zone: str) -> datetime:
    """When it is that time of that day in the zone, in UTC."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _days_around(now: datetime, zone: str, *, days: int) -> Iterator[date]:
    today = now.astimezone(ZoneInfo(zone)).date()
    return (today + timedelta(days=ahead) for ahead in range(-days, days + 1))
