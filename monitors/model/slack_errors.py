"""Why Slack did not post: one class per cause, each with the codes it stands for.

    SlackPostError
    ├── DeadDestinationError   the place is gone or closed to the bot
    │   └── NotInChannelError  the bot must be invited
    ├── DeadInstallationError  the workspace's token no longer works
    ├── BadMessageError        our own mistake; resend once as plain text
    ├── SlackBusyError         429: `retry_after_seconds`
    ├── SlackUnavailableError  nothing was posted; try later
    └── PostUncertainError     it may have been posted: look before posting again

Source of the grouping: Slack's page on chat.postMessage and its list of errors.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

# Slack's codes for a first message that no longer exists.
CARD_GONE: Final = frozenset(
    {"message_not_found", "thread_not_found", "cannot_reply_to_message", "cant_update_message"}
)
# Our own code, for a thread whose first message exists but which takes no replies.
REPLIES_REFUSED: Final = "replies_refused"
# Slack's codes for a message that can no longer be changed; the thread may be fine.
UNCHANGEABLE: Final = frozenset({"cant_update_message", "edit_window_closed"})


class SlackPostError(Exception):
    codes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, code: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_seconds = retry_after_seconds


class DeadDestinationError(SlackPostError):
    codes = frozenset(
        {
            "is_archived",
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "restricted_action_non_threadable_channel",
            "restricted_action_thread_locked",
            "cannot_reply_to_message",
            "thread_not_found",
            "message_not_found",
            "cant_update_message",
            "edit_window_closed",
            "no_permission",
            "ekm_access_denied",
            "messages_tab_disabled",
            "team_not_found",
            # A person who can't be sent a message.
            "user_not_found",
            "user_disabled",
            "user_not_visible",
            "cannot_dm_bot",
        }
    )


class NotInChannelError(DeadDestinationError):
    codes = frozenset(
        {"not_in_channel", "channel_not_found", "method_not_supported_for_channel_type"}
    )


class DeadInstallationError(SlackPostError):
    codes = frozenset(
        {
            "invalid_auth",
            "not_authed",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "invalid_refresh_token",
            "not_allowed_token_type",
            "access_denied",
            "accesslimited",
            "enterprise_is_restricted",
            "team_access_not_granted",
            "two_factor_setup_required",
            "missing_scope",
            "installation_not_found",
        }
    )


class BadMessageError(SlackPostError):
    codes = frozenset(
        {
            "invalid_blocks",
            "invalid_blocks_format",
            "msg_blocks_too_long",
            "msg_too_long",
            "no_text",
            "invalid_arguments",
            "invalid_arg_name",
            "invalid_array_arg",
            "invalid_metadata_format",
            "invalid_metadata_schema",
            "metadata_too_large",
            "markdown_text_conflict",
            "too_many_attachments",
            "attachment_payload_limit_exceeded",
            "invalid_charset",
            "invalid_form_data",
            "invalid_post_type",
            "missing_post_type",
        }
    )


class SlackBusyError(SlackPostError):
    codes = frozenset({"ratelimited", "rate_limited"})


class SlackUnavailableError(SlackPostError):
    codes = frozenset(
        {
            "service_unavailable",
            "request_timeout",
            "message_limit_exceeded",
            "team_added_to_org",
            "org_login_required",
        }
    )


class PostUncertainError(SlackPostError):
    codes = frozenset({"internal_error", "fatal_error", "timeout", "connection_lost"})


def error_for_code(code: str) -> type[SlackPostError]:
    """The error for one of Slack's codes.

    An unknown code counts as uncertain: check first whether it was done, then retry.
    """
    for cause in _causes(SlackPostError):
        if code in cause.codes:
            return cause
    return PostUncertainError


def _causes(root: type[SlackPostError]) -> Iterator[type[SlackPostError]]:
    for cause in root.__subclasses__():
        yield from _causes(cause)
        yield cause
