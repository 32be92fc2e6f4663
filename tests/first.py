"""Values of a parameter of which `make test` tries the first, and `make test-thorough` the rest."""

from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet


def first(shown: int, values: Iterable[object]) -> list[ParameterSet]:
    """Where one behaviour is tried with many values, the first ones show it."""
    return [
        pytest.param(value, marks=[] if place < shown else pytest.mark.thorough)
        for place, value in enumerate(values)
    ]


def first_rows(shown: int, rows: Iterable[tuple[object, ...]]) -> list[ParameterSet]:
    """The same where there are several parameters."""
    return [
        pytest.param(*row, marks=[] if place < shown else pytest.mark.thorough)
        for place, row in enumerate(rows)
    ]
