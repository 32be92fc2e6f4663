"""Rules: which request they meet, how often, in which order."""

import random

import pytest
from pydantic import ValidationError

from sandbox.faults import Fault, Faults


def faults(*rules: Fault) -> Faults:
    made = Faults(random.Random(7))  # noqa: S311 - the same draw in every run
    for rule in rules:
        made.add(rule)
    return made


def kinds(drawn: Faults, name: str, count: int) -> list[str | None]:
    found = [drawn.draw(name) for _ in range(count)]
    return [fault.kind if fault else None for fault in found]


def test_a_rule_meets_what_its_glob_names() -> None:
    drawn = faults(Fault(match="POST /v1/monitors", kind="500"))
    assert drawn.draw("POST /v1/monitors")
    assert drawn.draw("POST /v1/monitors/monitor_1/cancel") is None
    assert drawn.draw("GET /v1/monitors") is None
    assert faults(Fault(match="chat.*", kind="500")).draw("chat.postMessage")
    assert faults(Fault(kind="500")).draw("anything")


def test_a_rule_is_spent_after_its_times_and_the_next_takes_over() -> None:
    drawn = faults(Fault(kind="500", times=2), Fault(kind="slow"))
    assert kinds(drawn, "x", 4) == ["500", "500", "slow", "slow"]
    assert [rule.kind for rule in drawn.rules] == ["slow"]
    drawn.clear()
    assert drawn.draw("x") is None


def test_a_rate_is_drawn_from_the_seed() -> None:
    some = kinds(faults(Fault(kind="500", rate=0.5)), "x", 200)
    assert some == kinds(faults(Fault(kind="500", rate=0.5)), "x", 200)
    assert 60 < some.count("500") < 140
    assert kinds(faults(Fault(kind="500", rate=0)), "x", 5) == [None] * 5


def test_a_kind_says_what_to_answer() -> None:
    assert Fault(kind="429").status == 429
    assert Fault(kind="status:503").status == 503
    assert Fault(kind="error:channel_not_found").error_code == "channel_not_found"
    assert Fault(kind="drop_after").status is None


@pytest.mark.parametrize("kind", ["", "404", "status:99", "status:600", "error:", "drop"])
def test_an_unknown_kind_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError):
        Fault(kind=kind)
