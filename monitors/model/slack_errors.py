"""Why Slack did not post: one class per cause, each with the codes it stands for.

    SlackPostError
    ├── ClosedError                nothing can be posted there until a person changes something
    │   ├── DeadDestinationError   the place is gone or closed to the bot
    │   │   ├── NotInChannelError  the bot must be invited
    │   │   ├── FileRefusedError   the workspace takes no such file
    │   │   └── SlackRefusedError  any other no: an unknown code, or one about this call alone
    │   └── DeadInstallationError  the workspace's token no longer works
    │       └── MissingScopeError  it may not do this: `needed` names the scope
    ├── BadMessageError            our own mistake; resend once as plain text
    ├── NotNowError                nothing was posted; try later
    │   ├── SlackBusyError         429: `retry_after_seconds`
    │   └── SlackUnavailableError
    └── PostUncertainError         it may have been posted: look before posting again

Source of the grouping: Slack's reference of its methods, each with its list of errors.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

# Our own code: Slack posted a reply top-level, for its first message is gone.
REPLIED_TO_NOTHING: Final = "replied_to_nothing"
# Slack's codes for a first message that no longer exists.
CARD_GONE: Final = frozenset(
    {"message_not_found", "thread_not_found", "cannot_reply_to_message", REPLIED_TO_NOTHING}
)
# Our own code, for a thread whose first message exists but which takes no replies.
REPLIES_REFUSED: Final = "replies_refused"
# Our own code, for a channel in which each new first message is deleted soon.
CARD_REMOVED: Final = "card_removed"
# Slack's codes for a modal that has changed since, or was closed.
VIEW_SETTLED: Final = frozenset({"hash_conflict", "not_found"})
# Slack's code for an upload that it doesn't know, or that was shared already.
FILE_GONE: Final = "file_not_found"
# Slack's codes for a person that it doesn't know there.
PERSON_UNKNOWN: Final = frozenset({"user_not_found", "user_not_visible", "user_disabled"})
# Our own code, for a public channel that the app was removed from and may not join again.
CANNOT_JOIN: Final = "cannot_join"


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


class SlackPostError(Exception):
    codes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, code: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_seconds = retry_after_seconds


class ClosedError(SlackPostError):
    pass


class NotNowError(SlackPostError):
    pass


class DeadDestinationError(ClosedError):
    codes = _codes(
        """
        is_archived is_inactive restricted_action restricted_action_read_only_channel
        restricted_action_thread_only_channel restricted_action_non_threadable_channel
        restricted_action_thread_locked cannot_reply_to_message thread_not_found
        message_not_found replied_to_nothing replies_refused card_removed cannot_join
        no_permission posting_to_channel_denied ekm_access_denied messages_tab_disabled
        team_not_found user_not_found user_disabled user_not_visible user_not_in_channel
        cannot_dm_bot invalid_user_combination
        """
    )


class NotInChannelError(DeadDestinationError):
    codes = _codes(
        """
        not_in_channel channel_not_found invalid_channel method_not_supported_for_channel_type
        """
    )


class FileRefusedError(DeadDestinationError):
    codes = _codes(
        """
        file_type_not_allowed file_upload_size_restricted file_uploads_disabled
        file_uploads_except_images_disabled storage_limit_reached user_is_external_guest
        """
    )


class SlackRefusedError(DeadDestinationError):
    """Any code that no other class names."""

    codes = frozenset()


class DeadInstallationError(ClosedError):
    codes = _codes(
        """
        invalid_auth not_authed account_inactive token_revoked token_expired
        invalid_refresh_token not_allowed_token_type access_denied accesslimited
        enterprise_is_restricted team_access_not_granted app_access_restricted
        two_factor_setup_required installation_not_found
        """
    )


class MissingScopeError(DeadInstallationError):
    codes = frozenset({"missing_scope"})

    def __init__(self, code: str, *, needed: str = "") -> None:
        super().__init__(code)
        self.needed = needed


class BadMessageError(SlackPostError):
    codes = _codes(
        """
        invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long no_text
        invalid_attachments invalid_arguments invalid_arg_name invalid_array_arg
        invalid_metadata_format invalid_metadata_schema metadata_too_large
        markdown_text_conflict too_many_attachments too_many_contact_cards view_too_large
        invalid_cursor invalid_limit limit_required invalid_metadata_filter_keys
        invalid_ts_latest invalid_ts_oldest missing_argument pagination_not_available
        users_list_not_supplied not_enough_users too_many_users
        attachment_payload_limit_exceeded invalid_charset invalid_form_data
        invalid_post_type missing_post_type alt_txt_too_large channels_limit_exceeded
        snippet_too_large unknown_snippet_type unknown_subtype
        """
    )


class SlackBusyError(NotNowError):
    codes = frozenset({"ratelimited", "rate_limited"})


class SlackUnavailableError(NotNowError):
    codes = _codes(
        """
        service_unavailable request_timeout message_limit_exceeded team_added_to_org
        org_login_required
        """
    )


class PostUncertainError(SlackPostError):
    codes = _codes("internal_error fatal_error timeout connection_lost unreadable_answer")


# Clear answers: nothing was done, and trying again soon does not help.
REFUSALS: Final = (ClosedError, BadMessageError)


def error_for_code(code: str) -> type[SlackPostError]:
    """The error for one of Slack's codes.

    A clear answer is a clear no, whatever it means: only where no answer came, or Slack says that
    it failed itself, may something have been done.
    """
    for cause in _causes(SlackPostError):
        if code in cause.codes:
            return cause
    return SlackRefusedError


def _causes(root: type[SlackPostError]) -> Iterator[type[SlackPostError]]:
    for cause in root.__subclasses__():
        yield from _causes(cause)
        yield cause
