"""What a monitor costs: an estimate."""

from decimal import Decimal
from typing import Final

from monitors.model.frequency import BadFrequencyError, Frequency

USD_PER_RUN: Final = {"lite": Decimal("0.003"), "base": Decimal("0.01")}
"""Parallel's documentation in May 2026; `base` as its users report it."""

USD_PER_TASK: Final = {"base": Decimal("0.01"), "core": Decimal("0.025")}
"""Of one Task run, by Parallel's documentation in November 2026."""

_HOURS_PER_MONTH: Final = 30 * 24


def usd_per_month(frequency: str, processor: str) -> Decimal | None:
    """For thirty days; None for a frequency or processor that this version does not know."""
    price = USD_PER_RUN.get(processor)
    if price is None:
        return None
    try:
        hours = Frequency.parse(frequency).hours
    except BadFrequencyError:
        return None
    return price * _HOURS_PER_MONTH / hours


def monthly_price(frequency: str, processor: str) -> str:
    """For example `about $2.16 a month`; empty if unknown."""
    usd = usd_per_month(frequency, processor)
    return "" if usd is None else dollars_a_month(usd)


def dollars_a_month(usd: Decimal | int) -> str:
    return f"about ${usd:.2f} a month" if round(usd, 2) else "less than $0.01 a month"


def dollars(usd: Decimal) -> str:
    return f"${usd:,.2f}" if round(usd, 2) or not usd else "less than $0.01"


def task_price(processor: str) -> str:
    """For example `about $0.01`."""
    return f"about ${USD_PER_TASK[processor]}"
