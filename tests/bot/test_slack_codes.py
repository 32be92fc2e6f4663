"""Each error that Slack documents for a method that the app calls has an outcome of its own.

`slack_error_codes.json` lists them, from Slack's reference of its methods.
"""

import json
import re
from pathlib import Path
from typing import Final, cast

import pytest

from monitors.model.outcome import Failed, RetryAfter
from monitors.model.slack_errors import (
    REFUSALS,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
    SlackRefusedError,
    SlackUnavailableError,
    error_for_code,
)
from monitors.work.outcomes import outcome_of

ROOT: Final = Path(__file__).parents[2]
DOCUMENTED: Final = cast(
    "dict[str, list[str]]",
    json.loads(Path(__file__).with_name("slack_error_codes.json").read_text()),
)
EVERY_METHOD: Final = "every method"
METHODS: Final = sorted(DOCUMENTED.keys() - {EVERY_METHOD})
PAIRS: Final = [
    (method, code)
    for method in METHODS
    for code in [*DOCUMENTED[EVERY_METHOD], *DOCUMENTED[method]]
]
# What Slack says of itself; the rest are clear answers.
LATER: Final = {
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "ratelimited",
    "rate_limited",
}
CALLED: Final = re.compile(
    r'"((?:apps|auth|bots|chat|conversations|oauth|users|views)\.[A-Za-z0-9.]+)"'
)


def test_the_table_names_every_method_that_the_app_calls() -> None:
    sources = [path.read_text() for path in (ROOT / "bot").rglob("*.py")]
    called = {name for source in sources for name in CALLED.findall(source)}
    assert called <= set(METHODS)
    assert "chat.postMessage" in called


@pytest.mark.parametrize(("method", "code"), PAIRS)
def test_a_documented_code_has_a_class_that_names_it(method: str, code: str) -> None:
    cause = error_for_code(code)
    assert code in cause.codes, method
    assert issubclass(cause, REFUSALS) is (code not in LATER)


@pytest.mark.parametrize("code", ["a_code_of_next_year", "", "ok"])
def test_a_code_that_nobody_knows_is_a_clear_no(code: str) -> None:
    error = error_for_code(code)(code)
    assert isinstance(error, SlackRefusedError)
    assert isinstance(outcome_of(error), Failed)


@pytest.mark.parametrize("cause", [SlackBusyError, SlackUnavailableError, PostUncertainError])
def test_only_what_slack_could_not_do_is_tried_again(cause: type[SlackPostError]) -> None:
    assert isinstance(outcome_of(cause("some")), RetryAfter)


def test_no_code_has_two_classes() -> None:
    classes = [SlackPostError]
    for cause in classes:
        classes.extend(cause.__subclasses__())
    codes = [code for cause in classes for code in cause.codes]
    assert len(codes) == len(set(codes))
