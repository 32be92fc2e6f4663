"""Slack's requests as values: the only place where Slack's JSON is read.

Unknown fields are ignored; a missing one is a malformed request (ValidationError).
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from monitors.model.requests import ReplyTo
from monitors.model.workspace import ThreadRef, Workspace

SlackId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,40}$")]
Ts = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}\.[0-9]{1,8}$")]
# The end of the year 9999, the last that a datetime can represent.
_LATEST_TIME: Final = 253_402_300_799
RequestId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]


class Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CommandPayload(Payload):
    """A slash command."""

    team_id: SlackId
    enterprise_id: SlackId | None = None
    channel_id: SlackId
    user_id: SlackId
    text: str = ""
    trigger_id: RequestId
    response_url: str | None = None

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.team_id, self.enterprise_id)

    @property
    def reply_to(self) -> ReplyTo:
        return ReplyTo(self.channel_id, self.user_id, self.response_url)


class _Named(Payload):
    id: SlackId


class _Team(_Named):
    enterprise_id: SlackId | None = None


class _User(_Named):
    team_id: SlackId | None = None


class _Message(Payload):
    ts: Ts
    thread_ts: Ts | None = None
    team: SlackId | None = None


class _Action(Payload):
    action_id: str
    block_id: str = ""
    value: str | None = None
    selected_conversation: SlackId | None = None


class FromWorkspace(Payload):
    """An action of a person in a workspace."""

    team: _Team | None = None
    enterprise: _Named | None = None
    user: _User

    @property
    def workspace(self) -> Workspace:
        """The workspace where it happened; an org-wide install may leave `team` out.

        Raises ValueError if none is named.
        """
        enterprise = self.enterprise.id if self.enterprise else None
        team_id = self.team.id if self.team else self.user.team_id
        if team_id is None:
            raise ValueError("the interaction names no workspace")
        return Workspace(team_id, enterprise or (self.team.enterprise_id if self.team else None))


class _Interaction(FromWorkspace):
    channel: _Named
    message: _Message
    trigger_id: RequestId
    response_url: str | None = None

    @property
    def workspace(self) -> Workspace:
        """If `team` is missing, the message's: the person may be from another company."""
        found = super().workspace
        if self.team is None and self.message.team is not None:
            return Workspace(self.message.team, found.enterprise_id)
        return found

    @property
    def thread(self) -> ThreadRef:
        return ThreadRef(self.channel.id, self.message.thread_ts or self.message.ts)

    @property
    def reply_to(self) -> ReplyTo:
        return ReplyTo(self.channel.id, self.user.id, self.response_url, self.thread.ts)


class ActionPayload(_Interaction):
    """A click on a button of one of our messages."""

    actions: Annotated[list[_Action], Field(min_length=1)]


class ShortcutPayload(_Interaction):
    """A message shortcut."""

    callback_id: str


class ReplyEvent(Payload):
    """A message typed by a person in a thread."""

    channel: SlackId
    user: SlackId
    ts: Ts
    thread_ts: Ts
    text: str = ""
    parent_user_id: SlackId | None = None
    user_team: SlackId | None = None


class Authorization(Payload):
    team_id: SlackId | None = None
    enterprise_id: SlackId | None = None
    is_enterprise_install: bool = False


class EventEnvelope(Payload):
    """The envelope of an event.

    The first authorization names the installation that the event is for; in a shared channel the
    outer team may be the other company's.
    """

    event_id: RequestId
    event_time: Annotated[int, Field(ge=0, le=_LATEST_TIME)] = 0
    team_id: SlackId | None = None
    enterprise_id: SlackId | None = None
    authorizations: list[Authorization] = []

    @property
    def workspace(self) -> Workspace:
        """Without a team, the whole organisation. Raises ValueError if neither is named."""
        first = self.authorizations[0] if self.authorizations else None
        team_id = (first.team_id if first else None) or self.team_id
        enterprise_id = (first.enterprise_id if first else None) or self.enterprise_id
        if team_id is None and enterprise_id is None:
            raise ValueError("the event names no workspace")
        return Workspace(team_id or "", enterprise_id)

    @property
    def place(self) -> Workspace:
        """What the app was installed for: the workspace, or its whole organisation.

        An event about an organisation's installation may name one of its workspaces beside it.
        """
        workspace = self.workspace
        is_wide = bool(self.authorizations) and self.authorizations[0].is_enterprise_install
        if is_wide and workspace.enterprise_id:
            return Workspace("", workspace.enterprise_id)
        return workspace


class MessageEnvelope(EventEnvelope):
    event: ReplyEvent
    is_ext_shared_channel: bool = False

    @property
    def user_team(self) -> str | None:
        """The person's own workspace, in a channel shared with another company."""
        return self.event.user_team if self.is_ext_shared_channel else None


class ChannelOpened(Payload):
    """A channel was unarchived."""

    channel: SlackId


class MemberJoined(ChannelOpened):
    user: SlackId


class ChannelRenumbered(Payload):
    old_channel_id: SlackId
    new_channel_id: SlackId


class ChannelEnvelope(EventEnvelope):
    event: ChannelOpened


class JoinedEnvelope(EventEnvelope):
    event: MemberJoined


class RenumberedEnvelope(EventEnvelope):
    event: ChannelRenumbered


class HomeEvent(Payload):
    user: SlackId
    tab: str = "home"


class HomeEnvelope(EventEnvelope):
    event: HomeEvent


class RevokedTokens(Payload):
    oauth: list[str] = []
    bot: list[str] = []


class RevokedEvent(Payload):
    tokens: RevokedTokens = RevokedTokens()


class RevokedEnvelope(EventEnvelope):
    event: RevokedEvent


class AccessEvent(Payload):
    team_ids: list[SlackId] = []


class AccessEnvelope(EventEnvelope):
    """Workspaces were added to an organisation's installation, or removed from it."""

    event: AccessEvent

    @property
    def workspaces(self) -> list[Workspace]:
        enterprise_id = self.workspace.enterprise_id
        if enterprise_id is None:
            return []
        return [Workspace(team_id, enterprise_id) for team_id in self.event.team_ids]


class _AnyAction(Payload):
    action_id: str
    block_id: str = ""


class _AnyView(Payload):
    id: str
    type: str
    callback_id: str = ""


class _AnyInteraction(FromWorkspace):
    type: str
    actions: Annotated[list[_AnyAction], Field(min_length=1)] | None = None
    view: _AnyView | None = None
    callback_id: str = ""


class _AnyEvent(Payload):
    type: str
    subtype: str | None = None


class _AnyEnvelope(EventEnvelope):
    event: _AnyEvent


_INTERACTIONS: Final = frozenset(
    {
        "block_actions",
        "block_suggestion",
        "message_action",
        "shortcut",
        "view_closed",
        "view_submission",
    }
)


def check_shape(body: Mapping[str, object]) -> None:
    """Check that it has the shape of a Slack request, before Bolt reads it.

    Bolt assumes that shape, and fails in its own way without it. An unknown kind of request passes.
    Raises ValueError.
    """
    if "command" in body:
        CommandPayload.model_validate(body)
    elif body.get("type") == "event_callback":
        _ = _AnyEnvelope.model_validate(body).workspace
    elif "user" in body or body.get("type") in _INTERACTIONS:
        interaction = _AnyInteraction.model_validate(body)
        _ = interaction.workspace
        missing = {"block_actions": interaction.actions, "view_submission": interaction.view}
        if missing.get(interaction.type, True) is None:
            raise ValueError(f"a {interaction.type} without its content")
    elif not isinstance(body.get("type"), str):
        raise ValueError("no request of Slack's")
