"""When what a monitor found is due, also where clocks change, and how that is written down."""

import json
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.model.delivery_policy import DeliveryPolicy, Floor, Mode, QuietHours, known_zone
from monitors.model.policy import Hold, Policy

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
LONGEST_ZONE = "America/Argentina/ComodRivadavia"
# Characters of one value of metadata.
PARALLEL_TAKES = 512


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(at: str, zone: str) -> DeliveryPolicy:
    return DeliveryPolicy(Mode.DAILY, time.fromisoformat(at), zone=zone)


def quiet(start: str, end: str, zone: str) -> DeliveryPolicy:
    hours = QuietHours(time.fromisoformat(start), time.fromisoformat(end))
    return DeliveryPolicy(quiet=hours, zone=zone)


@pytest.mark.parametrize(
    ("at", "zone", "now", "until"),
    [
        ("09:00", "UTC", "2026-11-26 08:59:59", "2026-11-26 09:00"),
        ("09:00", "UTC", "2026-11-26 09:00", "2026-11-27 09:00"),
        ("00:00", "UTC", "2026-12-31 23:59", "2027-01-01 00:00"),
        # West and east of the date line.
        ("09:00", "Pacific/Kiritimati", "2026-11-26 18:59", "2026-11-26 19:00"),
        ("09:00", "Pacific/Pago_Pago", "2026-11-26 19:59", "2026-11-26 20:00"),
        # Clocks go forward and back: 9 o'clock stays 9 o'clock.
        ("09:00", BERLIN, "2026-03-28 09:00", "2026-03-29 07:00"),
        ("09:00", BERLIN, "2026-10-24 09:00", "2026-10-25 08:00"),
        ("09:00", NEW_YORK, "2026-03-07 15:00", "2026-03-08 13:00"),
        ("09:00", NEW_YORK, "2026-10-31 14:00", "2026-11-01 14:00"),
        # No 02:30 on that day: as much later as the clocks jump, once.
        ("02:30", BERLIN, "2026-03-29 00:00", "2026-03-29 01:30"),
        ("02:30", BERLIN, "2026-03-29 01:30", "2026-03-30 00:30"),
        ("02:30", NEW_YORK, "2026-03-08 06:00", "2026-03-08 07:30"),
        ("02:30", NEW_YORK, "2026-03-08 07:30", "2026-03-09 06:30"),
        ("02:15", LORD_HOWE, "2026-10-03 15:00", "2026-10-03 15:45"),
        ("02:15", LORD_HOWE, "2026-10-03 15:45", "2026-10-04 15:15"),
        # 02:30 twice: the first.
        ("02:30", BERLIN, "2026-10-25 00:00", "2026-10-25 00:30"),
        ("02:30", BERLIN, "2026-10-25 00:30", "2026-10-26 01:30"),
        ("01:30", NEW_YORK, "2026-11-01 05:00", "2026-11-01 05:30"),
        ("01:30", NEW_YORK, "2026-11-01 05:30", "2026-11-02 06:30"),
        ("01:45", LORD_HOWE, "2026-04-04 14:00", "2026-04-04 14:45"),
        ("01:45", LORD_HOWE, "2026-04-04 14:45", "2026-04-05 15:15"),
        # Samoa had no 30 December 2011.
        ("09:00", "Pacific/Apia", "2011-12-29 20:00", "2011-12-30 19:00"),
    ],
)
def test_a_digest_comes_at_its_local_time_every_day_once(
    at: str, zone: str, now: str, until: str
) -> None:
    assert daily(at, zone).held_until(utc(now)) == utc(until)


@pytest.mark.parametrize(
    ("weekday", "now", "until"),
    [
        (0, "2026-11-26 12:00", "2026-11-30 08:00"),
        (3, "2026-11-26 07:59", "2026-11-26 08:00"),
        (3, "2026-11-26 08:00", "2026-12-03 08:00"),
        (6, "2026-03-28 12:00", "2026-03-29 07:00"),
    ],
)
def test_a_weekly_digest_comes_on_its_day(weekday: int, now: str, until: str) -> None:
    policy = DeliveryPolicy(Mode.WEEKLY, time(9), weekday, zone=BERLIN)
    assert policy.held_until(utc(now)) == utc(until)


@pytest.mark.parametrize(
    ("start", "end", "zone", "now", "until"),
    [
        ("22:00", "07:00", "UTC", "2026-11-26 21:59", None),
        ("22:00", "07:00", "UTC", "2026-11-26 22:00", "2026-11-27 07:00"),
        ("22:00", "07:00", "UTC", "2026-11-27 00:00", "2026-11-27 07:00"),
        ("22:00", "07:00", "UTC", "2026-11-27 06:59:59", "2026-11-27 07:00"),
        ("22:00", "07:00", "UTC", "2026-11-27 07:00", None),
        ("12:00", "14:00", "UTC", "2026-11-26 13:00", "2026-11-26 14:00"),
        ("12:00", "14:00", "UTC", "2026-11-26 11:00", None),
        ("00:00", "08:00", "UTC", "2026-11-26 00:00", "2026-11-26 08:00"),
        ("20:00", "00:00", "UTC", "2026-11-26 23:59", "2026-11-27 00:00"),
        ("22:00", "07:00", NEW_YORK, "2026-11-27 03:30", "2026-11-27 12:00"),
        # They end in an hour that the day lacks, or has twice: then they are over.
        ("22:00", "02:30", BERLIN, "2026-03-29 00:59", "2026-03-29 01:30"),
        ("22:00", "02:30", BERLIN, "2026-03-29 01:30", None),
        ("22:00", "02:30", BERLIN, "2026-10-25 00:29", "2026-10-25 00:30"),
        ("22:00", "02:30", BERLIN, "2026-10-25 01:10", None),
        ("22:00", "02:15", LORD_HOWE, "2026-10-03 15:40", "2026-10-03 15:45"),
    ],
)
def test_quiet_hours_go_over_midnight(
    start: str, end: str, zone: str, now: str, until: str | None
) -> None:
    assert quiet(start, end, zone).held_until(utc(now)) == (utc(until) if until else None)


def test_a_digest_takes_what_ran_before_it_and_what_comes_while_it_is_posted() -> None:
    policy, nine = daily("09:00", "UTC"), utc("2026-11-26 09:00")
    later = nine + timedelta(minutes=5)
    tomorrow = nine + timedelta(days=1)
    assert policy.held_until(later, ran_at=nine) is None
    assert policy.held_until(later, ran_at=later) == tomorrow
    assert policy.held_until(later, ran_at=later, digest_at=nine) is None
    # A job that was queued for another hour, or another day.
    assert policy.held_until(later, ran_at=later, digest_at=nine - timedelta(hours=1)) == tomorrow
    assert policy.held_until(tomorrow, ran_at=tomorrow, digest_at=nine) is None
    assert DeliveryPolicy().held_until(nine) is None


ZONES = st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, LONGEST_ZONE, "UTC", "Africa/Casablanca"])
TIMES = st.times().map(lambda each: each.replace(microsecond=0, fold=0))
POLICIES = st.builds(
    DeliveryPolicy,
    mode=st.sampled_from(Mode),
    at=TIMES,
    weekday=st.integers(0, 6),
    quiet=st.none()
    | st.builds(QuietHours, TIMES, TIMES).filter(lambda each: each.start != each.end),
    floor=st.sampled_from(Floor),
    in_channel=st.booleans(),
    mentions_owner=st.booleans(),
    zone=ZONES,
)


@given(POLICIES, st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001
def test_what_waits_is_due_within_its_period_and_then_no_more(
    policy: DeliveryPolicy, naive: datetime
) -> None:
    now = naive.replace(tzinfo=UTC)
    until = policy.held_until(now)
    if until is None:
        assert not policy.is_digest
        return
    assert now < until <= now + timedelta(days=8 if policy.mode is Mode.WEEKLY else 1, hours=3)
    assert policy.held_until(until, ran_at=until, digest_at=until) is None


@given(POLICIES)
def test_a_policy_is_written_in_512_characters_and_read_again(policy: DeliveryPolicy) -> None:
    # Of what Slack's ids and Parallel's frequencies are made of.
    longest = "W" * 40
    hold = Hold(longest, utc("2026-11-26 09:00"), longest)
    written = Policy(longest, hold, policy, "U" * 20)
    text = written.to_json()
    assert len(text) <= PARALLEL_TAKES
    assert Policy.from_json(text) == written


@pytest.mark.parametrize(
    "values",
    [
        5,
        [],
        {"mode": "hourly"},
        {"mode": ["daily"]},
        {"mode": 1, "at": 9},
        {"at": "25:00"},
        {"at": "9 o'clock"},
        {"quiet": ["22:00"]},
        {"quiet": ["22:00", "22:00"]},
        {"quiet": ["22:00", 7]},
        {"quiet": "22:00"},
        {"floor": "certain"},
        {"floor": None},
        {"channel": "yes", "mention": 1},
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"zone": "/etc/localtime"},
        {"zone": "Europe/" + "B" * 1000},
        {"zone": "\ud800"},
        {"weekday": 7},
        {"weekday": True},
        {"weekday": 1e300},
    ],
)
def test_what_cannot_be_read_is_not_set(values: object) -> None:
    assert Policy.from_json(json.dumps({"delivery": values})) == Policy()


@pytest.mark.parametrize("word", ["U" * 41, "\u00fc", '"' * 40, "E1\n", "", 5])
def test_words_that_might_not_fit_when_written_back_are_not_read(word: object) -> None:
    text = json.dumps({"enterprise_id": word, "hold": {"by": word, "frequency": "1d"}})
    assert Policy.from_json(text) == Policy(None, Hold("", frequency="1d"))


@pytest.mark.parametrize(
    ("floor", "shown"),
    [
        (Floor.NONE, {None, "", "low", "medium", "high", "Likely"}),
        (Floor.MEDIUM, {None, "", "medium", "high", "Likely"}),
        (Floor.HIGH, {None, "", "high", "Likely"}),
    ],
)
def test_unknown_confidence_is_always_shown(floor: Floor, shown: set[str | None]) -> None:
    words = {None, "", "low", "medium", "high", "Likely"}
    assert {word for word in words if DeliveryPolicy(floor=floor).shows(word)} == shown
    assert DeliveryPolicy(floor=floor).shows(" HIGH ")


def test_a_zone_is_known_by_its_own_name() -> None:
    assert [known_zone(each) for each in (BERLIN, "", None, 5)] == [BERLIN, "UTC", "UTC", "UTC"]
