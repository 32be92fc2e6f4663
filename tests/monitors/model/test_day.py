"""Dates as Parallel writes them, in words."""

import pytest

from monitors.model.day import date_in_words


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-04-01", "1 April 2026"),
        ("2026-04", "April 2026"),
        ("2026-04-01T09:30:00Z", "1 April 2026, 09:30 UTC"),
        ("2026-04-01T09:30+02:00", "1 April 2026, 09:30 +02:00"),
        ("2026-04-31", "2026-04-31"),
        ("early April", "early April"),
    ],
)
def test_a_date_is_read_in_words_and_anything_else_stays(written: str, read: str) -> None:
    assert date_in_words(written) == read
