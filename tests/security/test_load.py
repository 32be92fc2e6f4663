"""The loads that `make security` measures for longer."""

import pytest

from tests.security.load import LOADS, measured

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("load", LOADS)
def test_slack_is_answered_within_a_second_and_memory_stays_bounded(load: str) -> None:
    result = measured(load, 4.0)
    assert result.problems == [], result
