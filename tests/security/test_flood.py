"""Every door under a flood of bad requests; `make security` sends ten thousand to each."""

import pytest

from tests.security.described import described_doors
from tests.security.flood import UNKNOWN, DoorResult, flood

pytestmark = pytest.mark.thorough

PER_DOOR = 500


@pytest.fixture(scope="module")
def results() -> list[DoorResult]:
    return flood(per_door=PER_DOOR)


def test_bad_requests_at_every_door_meet_no_5xx_and_change_nothing(
    results: list[DoorResult],
) -> None:
    for result in results:
        assert result.tally.sent >= PER_DOOR, result.door
        assert result.tally.of_hundred(5) == 0, (result.door, result.tally.statuses)
        assert result.tally.problems[:5] == [], result.door
        assert result.effects == {}, result.door


def test_every_door_that_is_described_was_tried(results: list[DoorResult]) -> None:
    assert [result.door for result in results] == [*(d.name for d in described_doors()), UNKNOWN]


def test_the_doors_answer_even_most_of_what_is_broken(results: list[DoorResult]) -> None:
    for result in results:
        assert result.tally.unanswered < PER_DOOR / 10, result.door
