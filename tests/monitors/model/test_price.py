"""What a monitor costs, estimated."""

from decimal import Decimal

import pytest

from monitors.model.price import usd_per_month


@pytest.mark.parametrize(
    ("frequency", "processor", "expected"),
    [
        ("1h", "lite", Decimal("2.16")),
        ("1h", "base", Decimal("7.2")),
        ("1d", "lite", Decimal("0.09")),
        ("30d", "base", Decimal("0.01")),
        ("1d", "ultra", None),
        ("sometimes", "lite", None),
    ],
)
def test_a_month_is_thirty_days(frequency: str, processor: str, expected: Decimal | None) -> None:
    assert usd_per_month(frequency, processor) == expected
