"""What the stand-in is told about the app it plays Slack to."""

from dataclasses import dataclass, field

from sandbox.slack.wire import JsonObject

DEFAULT_SCOPES = (
    "app_mentions:read",
    "commands",
    "chat:write",
    "chat:write.public",
    "files:write",
    "channels:join",
    "channels:read",
    "groups:read",
    "im:read",
    "mpim:read",
    "im:write",
    "users:read",
    "team:read",
    "channels:history",
    "groups:history",
    "im:history",
    "mpim:history",
)

DEFAULT_EVENTS = (
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "tokens_revoked",
    "user_change",
    "team_access_granted",
    "team_access_revoked",
    "channel_archive",
    "group_archive",
    "channel_id_changed",
    "channel_unarchive",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
)


@dataclass(slots=True)
class SlackSettings:
    """Changed while running by `configure` and `PATCH /control/slack/settings`."""

    app_id: str = "A0SANDBOX01"
    app_name: str = "threadwatch"
    client_id: str = "1000000001.2000000002"
    client_secret: str = "sandbox-client-secret"  # noqa: S105  # a made-up secret of a made-up Slack
    signing_secret: str = "sandbox-signing-secret"  # noqa: S105  # likewise
    verification_token: str = "sandbox-verification-token"  # noqa: S105  # likewise
    app_token: str = "xapp-1-A0SANDBOX01-1000000001-sandbox"  # noqa: S105  # likewise
    socket_mode: bool = False
    """Everything for the app goes through its sockets, nothing to `request_url`."""
    request_url: str = ""
    redirect_url: str = ""
    install_url: str = ""
    commands: tuple[str, ...] = ("/monitor", "/hourly", "/help")
    manifest: JsonObject = field(default_factory=JsonObject)
    """The app's, from which the page takes its menus; empty: the page shows bare commands."""
    events: tuple[str, ...] = DEFAULT_EVENTS
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    messages_tab_read_only: bool = False
    """Nobody can type to the app in its Messages tab, commands included."""
    token_rotation: bool = False
    # How long a token lasts that an install gives, and one that a refresh gives.
    first_token_seconds: float = 43_200.0
    token_seconds: float = 43_200.0
    # A spent refresh token works again this long, as long as nobody used what it bought.
    refresh_grace_seconds: float = 0.0
    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    code_seconds: float = 600.0
    response_url_seconds: float = 1800.0
    response_url_uses: int = 5
    messages_per_second: float = 1.0
    message_burst: int = 20
    # Slack's rule for commercial apps outside its Marketplace: one read a minute, 15 messages.
    history_limited: bool = False
    # Slack's reference shows both: dates to the microsecond, and ones that count within a second.
    dates_count: bool = False
    own_message_events: bool = True
    update_events: bool = True
    # Undocumented; apps report refusals (msg_blocks_too_long) from about 11,000 characters of
    # text in one message's blocks, none below 9,600 (slackapi/bolt-js#2867).
    block_text_limit: int = 10_000
    metadata_bytes_limit: int = 16_000
