"""Failures in words: what happened, what to do next."""

import re

import pytest

from monitors.model import parallel_errors, slack_errors
from monitors.model.account import AccountProblem
from monitors.model.parallel_errors import (
    BadKeyError,
    NoCreditError,
    ParallelError,
    RefusedError,
    UnknownMonitorError,
)
from monitors.model.slack_errors import NotInChannelError, SlackPostError, error_for_code
from monitors.texts.contact_texts import not_connected
from monitors.texts.problem_texts import account_suspended, explain_parallel, explain_slack

PARALLEL = [c for c in vars(parallel_errors).values() if isinstance(c, type)]
SLACK = [c for c in vars(slack_errors).values() if isinstance(c, type)]


@pytest.mark.parametrize("cause", [c for c in PARALLEL if issubclass(c, ParallelError)])
def test_every_refusal_of_parallel_is_explained(cause: type[ParallelError]) -> None:
    text = explain_parallel(cause(), prefix="acme-")
    assert re.fullmatch(r"[^<>{}*_`]+[.]", text)
    assert "/help" not in text


@pytest.mark.parametrize("cause", [c for c in SLACK if issubclass(c, SlackPostError)])
def test_every_refusal_of_slack_is_explained(cause: type[SlackPostError]) -> None:
    assert re.fullmatch(r"[^<>{}*_`]+[.]", explain_slack(cause("somecode"), bot_name="watch"))


def test_parallels_own_words_are_passed_on_but_not_at_any_length() -> None:
    assert "“query too\nlong”".replace("\n", " ") in explain_parallel(
        RefusedError(detail="query too\nlong")
    )
    assert len(explain_parallel(RefusedError(detail="x" * 9000))) < 800


def test_what_to_do_is_named() -> None:
    assert "/acme-monitor" in explain_parallel(UnknownMonitorError(), prefix="acme-")
    assert "Home tab" in explain_parallel(BadKeyError())
    assert "Top it up" in explain_parallel(NoCreditError())
    assert "/acme-help" in not_connected(prefix="acme-")


@pytest.mark.parametrize("bot_name", ["watch", "@watch"])
def test_the_invitation_is_given_to_the_letter(bot_name: str) -> None:
    error = error_for_code("not_in_channel")("not_in_channel")
    assert isinstance(error, NotInChannelError)
    assert "Type /invite @watch there" in explain_slack(error, bot_name=bot_name)
    assert "/invite" not in explain_slack(error, bot_name=bot_name, is_direct=True)


@pytest.mark.parametrize("reason", AccountProblem)
def test_an_account_in_trouble_is_explained_to_who_can_fix_it(reason: AccountProblem) -> None:
    own = account_suspended(reason, is_operators=False)
    operators = account_suspended(reason, is_operators=True)
    for text in (own, operators):
        assert re.fullmatch(r"[^<>{}*_`]+[.]", text)
        assert "once the account works again" in text
    assert "this workspace's Parallel account" in own
    assert "Home tab" in own or "platform.parallel.ai" in own
    assert "tell the person who runs the app" in operators
