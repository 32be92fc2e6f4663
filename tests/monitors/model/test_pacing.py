"""A sender's burst is put off, and nobody else's."""

from hypothesis import given
from hypothesis import strategies as st

from monitors.model.pacing import Pacing


def test_a_sender_within_its_allowance_is_never_put_off() -> None:
    pacing = Pacing(burst=10, per_second=5)
    assert max(pacing.reserve("T1", 100.0) for _ in range(10)) < 1e-9


def test_what_goes_beyond_the_allowance_is_spread_at_the_rate() -> None:
    pacing = Pacing(burst=10, per_second=5)
    delays = [pacing.reserve("T1", 100.0) for _ in range(1010)]
    assert round(delays[-1]) == 200
    assert delays == sorted(delays)


def test_one_senders_flood_does_not_delay_another() -> None:
    pacing = Pacing(burst=10, per_second=5)
    for _ in range(10_000):
        pacing.reserve("T1", 100.0)
    assert pacing.reserve("T2", 100.0) == 0.0


@given(st.lists(st.floats(min_value=0, max_value=100), max_size=200))
def test_within_any_second_no_more_than_burst_and_rate_become_due(gaps: list[float]) -> None:
    pacing = Pacing(burst=5, per_second=10)
    now, due = 0.0, list[float]()
    for gap in gaps:
        now += gap
        due.append(now + pacing.reserve("T1", now))
    for start in due:
        assert sum(start <= moment < start + 1 for moment in due) <= 5 + 10 + 1
