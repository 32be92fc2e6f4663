"""Each error that Slack documents for a method that the app calls has an outcome of its own.

`slack_error_codes.json` lists them, from Slack's reference of its methods.
"""

import json
import re
from pathlib import Path
from typing import Final, cast

import pytest

from bot.slack.answers import SlackAnswer
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
    # The workspace is closed for a while.
    "message_limit_exceeded",
    "team_added_to_org",
    "org_login_required",
}
# A clear no like any other: the person reads Slack's code.
PLAIN: Final = {
    # A message stands, and may not be changed or deleted.
    "cant_update_message",
    "edit_window_closed",
    "update_not_allowed",
    "update_failed",
    "block_mismatch",
    "cant_broadcast_message",
    "no_dual_broadcast_content_update",
    "streaming_state_conflict",
    "external_channel_migrating",
    "cant_delete_message",
    "compliance_exports_prevent_deletion",
    # A file.
    "file_not_found",
    "file_update_failed",
    # A channel can't be joined.
    "too_many_members",
    "channel_is_limited_access",
    "user_is_restricted",
    "is_bot",
    # A view is gone or not shown.
    "not_found",
    "hash_conflict",
    "duplicate_external_id",
    "push_limit_reached",
    "invalid_trigger_id",
    "expired_trigger_id",
    "exchanged_trigger_id",
    "trigger_expired",
    "trigger_exchanged",
    "not_enabled",
    # This call, or what is shared in it.
    "unknown_method",
    "deprecated_endpoint",
    "method_deprecated",
    "as_user_not_supported",
    "agent_prompt_display_not_allowed",
    "metadata_must_be_sent_from_app",
    "missing_file_data",
    "send_on_behalf_not_allowed",
    "draft_already_deleted",
    "draft_already_sent",
    "draft_has_conflict",
    "draft_not_found",
    "duplicate_channel_not_found",
    "duplicate_message_not_found",
    "slack_connect_canvas_sharing_blocked",
    "slack_connect_clip_sharing_blocked",
    "slack_connect_file_link_sharing_blocked",
    "slack_connect_file_upload_sharing_blocked",
    "slack_connect_lists_sharing_blocked",
    "bot_not_found",
    "forbidden_team",
    "missing_user",
    "enterprise_not_found",
    "org_not_found",
    "team_not_on_enterprise",
    "fail_to_get_teams_for_restricted_user",
    "bad_client_secret",
    "bad_redirect_uri",
    "invalid_client_id",
    "invalid_code",
    "invalid_grant_type",
    "oauth_authorization_url_mismatch",
}
CALLED: Final = re.compile(
    r'"((?:apps|auth|bots|chat|conversations|files|oauth|team|users|views)\.[A-Za-z0-9.]+)"'
)


def test_the_table_names_every_method_that_the_app_calls() -> None:
    sources = [path.read_text() for path in (ROOT / "bot").rglob("*.py")]
    called = {name for source in sources for name in CALLED.findall(source)}
    assert called <= set(METHODS)
    assert "chat.postMessage" in called


@pytest.mark.parametrize(("method", "code"), PAIRS)
def test_a_documented_code_has_a_class_that_names_it_or_is_a_plain_refusal(
    method: str, code: str
) -> None:
    cause = error_for_code(code)
    assert (code in PLAIN) is (cause is SlackRefusedError), method
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


class Profile(SlackAnswer):
    name: str = ""
    teams: tuple[str, ...] = ()


def test_a_null_or_odd_field_of_an_answer_costs_only_that_field() -> None:
    assert Profile.model_validate({"name": None, "teams": ("T1",)}) == Profile(teams=("T1",))
    assert Profile.model_validate({"name": 5, "teams": ("T1",)}) == Profile(teams=("T1",))
