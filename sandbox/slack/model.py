"""What the stand-in remembers: workspaces, people, channels, messages, views, grants."""

from dataclasses import dataclass, field
from typing import Literal

from sandbox.slack.wire import JsonObject

ChannelKind = Literal["public", "private", "dm", "mpim"]
SCOPE_PREFIXES: dict[ChannelKind, str] = {
    "public": "channels",
    "private": "groups",
    "dm": "im",
    "mpim": "mpim",
}


@dataclass(slots=True)
class Team:
    team_id: str
    name: str
    domain: str
    enterprise_id: str | None = None


@dataclass(slots=True)
class User:
    id: str
    team_id: str
    name: str
    real_name: str
    is_admin: bool = False
    is_restricted: bool = False
    is_bot: bool = False
    bot_id: str | None = None
    tz: str = "Europe/London"
    deleted: bool = False
    also_in: list[str] = field(default_factory=list[str])
    """Other workspaces of the organisation; `team_id` is the person's own."""


@dataclass(slots=True)
class Channel:
    id: str
    team_id: str
    name: str
    kind: ChannelKind
    created: int
    members: list[str] = field(default_factory=list[str])
    archived: bool = False
    last_ts: int = 0

    @property
    def scope_prefix(self) -> str:
        return SCOPE_PREFIXES[self.kind]


@dataclass(slots=True)
class StoredFile:
    """Uploaded in three steps: announced, its bytes sent, and completed, which shares it."""

    id: str
    ticket: str
    team_id: str
    name: str
    length: int
    title: str = ""
    content: bytes | None = None
    is_completed: bool = False


@dataclass(slots=True)
class Message:
    ts: str
    channel_id: str
    team_id: str
    text: str
    user: str | None
    username: str
    bot_id: str | None = None
    thread_ts: str | None = None
    blocks: list[JsonObject] = field(default_factory=list[JsonObject])
    attachments: list[JsonObject] = field(default_factory=list[JsonObject])
    metadata: JsonObject | None = None
    subtype: str | None = None
    edited_ts: str | None = None
    at: float = 0.0
    """When by the sandbox's clock; `ts` is by the real one."""
    unfurl_links: bool = True
    unfurl_media: bool = True
    mentions: list[str] = field(default_factory=list[str])
    files: list[StoredFile] = field(default_factory=list[StoredFile])

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(slots=True)
class Ephemeral:
    """Seen by one person only; its id is the ts its buttons are known by."""

    id: str
    channel_id: str
    team_id: str
    user: str
    text: str
    at: str
    blocks: list[JsonObject] = field(default_factory=list[JsonObject])
    thread_ts: str | None = None
    mentions: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class View:
    id: str
    team_id: str
    user: str
    content: JsonObject
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    values: JsonObject = field(default_factory=dict[str, object])
    mentions: list[str] = field(default_factory=list[str])

    @property
    def external_id(self) -> str:
        return str(self.content.get("external_id") or "")


@dataclass(slots=True)
class Grant:
    """One installation: a bot token and what it may do; org-wide ones have no team."""

    token: str
    scopes: tuple[str, ...]
    team_id: str | None
    enterprise_id: str | None
    installer: str
    bot_user_ids: dict[str, str]
    refresh_token: str | None = None
    expires_at: float | None = None
    lasts_seconds: float = 0.0
    bought_with: str | None = None
    """The refresh token that this one was given for."""
    bought_at: float = 0.0
    used: bool = False
    revoked: bool = False
    excluded: set[str] = field(default_factory=set[str])
    """Workspaces of the organisation that an admin took the app out of."""

    @property
    def is_enterprise(self) -> bool:
        return self.team_id is None


@dataclass(frozen=True, slots=True)
class Consent:
    """Who let the app in, where, and to do what."""

    team_id: str
    user: str
    scopes: tuple[str, ...]
    enterprise_wide: bool
    redirect_uri: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    code: str
    consent: Consent
    expires_at: float


@dataclass(slots=True)
class Trigger:
    id: str
    team_id: str
    user: str
    expires_at: float
    view_id: str | None = None
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    id: str
    team_id: str
    channel_id: str
    user: str
    expires_at: float
    uses_left: int
    message_ts: str | None = None
    """The message or ephemeral whose element was used; None for a command."""
