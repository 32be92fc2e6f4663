"""Slack's requests as values: what was asked, who acts, where, and for which workspace.

Every kind of request names them in its own way, and an organisation-wide installation or a channel
shared with another company changes which fields are there. The two halves of a workspace are taken
from the same place, because another company's organisation may stand beside our team. A person's
own team never says for which workspace they act.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from bot.slack.payloads import (
    Action,
    Container,
    Happened,
    Message,
    MissingFieldError,
    Named,
    Payload,
    RequestId,
    ResponseUrl,
    SlackId,
    View,
    named,
)
from monitors.model.requests import ReplyTo, ThreadRequest
from monitors.model.workspace import ThreadRef, Workspace

# These may be about a whole organisation; any other event happens in one workspace.
_ABOUT_INSTALLATIONS: Final = frozenset(
    {"app_uninstalled", "tokens_revoked", "team_access_granted", "team_access_revoked"}
)
_INTERACTIONS: Final = frozenset(
    {"block_actions", "message_action", "shortcut", "view_closed", "view_submission"}
)

# The end of the year 9999, the last that a datetime can represent.
_LATEST_TIME: Final = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Actor:
    """What a request says of who acts and where.

    `workspace` has no team in an event about a whole organisation, and no organisation where the
    request leaves it out (the installation knows it). `user_team` is the person's own workspace or
    organisation (T…, E…); None if no field names it. `thread` of a used message that isn't a reply
    is its own.
    """

    workspace: Workspace
    user_id: str | None = None
    user_team: str | None = None
    channel: str | None = None
    thread: ThreadRef | None = None
    is_group_dm: bool = False

    @property
    def person(self) -> str:
        """Raises MissingFieldError."""
        return named(self.user_id, "person")

    @property
    def in_channel(self) -> str:
        """Raises MissingFieldError."""
        return named(self.channel, "channel")

    @property
    def in_thread(self) -> ThreadRef:
        """Raises MissingFieldError."""
        return named(self.thread, "thread")

    def reply_to(self, response_url: str | None = None) -> ReplyTo:
        """Where the person waits for an answer. Raises MissingFieldError."""
        thread_ts = self.thread.ts if self.thread else None
        return ReplyTo(
            self.in_channel, self.person, response_url, thread_ts, is_group_dm=self.is_group_dm
        )

    def asks_of(
        self, thread: ThreadRef, *, reply_to: ReplyTo | None = None, monitor_id: str | None = None
    ) -> ThreadRequest:
        """Something of the monitor in a thread, by default with the answer there.

        Raises MissingFieldError.
        """
        return ThreadRequest(
            self.workspace,
            thread,
            reply_to or ReplyTo(thread.channel, self.person, thread_ts=thread.ts),
            monitor_id=monitor_id,
            user_team=self.user_team,
        )


def _thread(channel: str | None, ts: str | None) -> ThreadRef | None:
    return ThreadRef(channel, ts) if channel and ts else None


class Command(Payload):
    """A slash command."""

    team_id: SlackId
    enterprise_id: SlackId | None = None
    channel_id: SlackId
    channel_name: str = ""
    user_id: SlackId
    command: str
    text: str = ""
    trigger_id: RequestId
    response_url: str | None = None

    @property
    def actor(self) -> Actor:
        workspace = Workspace(self.team_id, self.enterprise_id)
        return Actor(
            workspace,
            self.user_id,
            channel=self.channel_id,
            is_group_dm=self.channel_name.startswith("mpdm-"),
        )


class _Authorization(Payload):
    team_id: SlackId | None = None
    enterprise_id: SlackId | None = None
    is_enterprise_install: bool | None = None


class Event(Payload):
    """An event's envelope: its first authorization names the installation that it is for.

    In a shared channel the outer team may be the other company's.
    """

    event: Happened
    event_id: RequestId
    event_time: Annotated[int, Field(ge=0, le=_LATEST_TIME)] = 0
    team_id: SlackId | None = None
    enterprise_id: SlackId | None = None
    context_team_id: SlackId | None = None
    context_enterprise_id: SlackId | None = None
    authorizations: list[_Authorization] | None = None
    is_ext_shared_channel: bool | None = None

    @property
    def actor(self) -> Actor:
        event = self.event
        is_wide = event.type in _ABOUT_INSTALLATIONS
        return Actor(
            workspace=self._installation if is_wide else self._workspace,
            user_id=event.user,
            user_team=(event.user_team or event.source_team or event.team) if event.user else None,
            channel=event.channel,
            thread=_thread(event.channel, event.thread_ts),
        )

    @property
    def _first(self) -> _Authorization:
        return self.authorizations[0] if self.authorizations else _Authorization()

    @property
    def _around(self) -> Iterator[Workspace]:
        """The workspaces that the envelope names beside its authorization."""
        for team_id, enterprise_id in (
            (self.context_team_id, self.context_enterprise_id),
            (self.team_id, self.enterprise_id),
        ):
            if team_id is not None:
                yield Workspace(team_id, enterprise_id)

    @property
    def _workspace(self) -> Workspace:
        """Raises MissingFieldError if none is named for certain."""
        first = self._first
        if first.team_id is not None:
            return Workspace(first.team_id, first.enterprise_id or self._organisation_of(first))
        for around in self._around:
            if first.enterprise_id in {None, around.enterprise_id}:
                return around
            if around.enterprise_id is None and not self.is_ext_shared_channel:
                return Workspace(around.team_id, first.enterprise_id)
        raise MissingFieldError("the event names no workspace")

    def _organisation_of(self, first: _Authorization) -> str | None:
        return next((w.enterprise_id for w in self._around if w.team_id == first.team_id), None)

    @property
    def _installation(self) -> Workspace:
        """What the app is installed in: the workspace, or its whole organisation.

        An event about an organisation's installation may name one of its workspaces beside it.
        """
        first = self._first
        enterprise_id = first.enterprise_id or (None if first.team_id else self.enterprise_id)
        is_wide = first.is_enterprise_install or (first.team_id or self.team_id) is None
        return Workspace("", enterprise_id) if is_wide and enterprise_id else self._workspace


class _Team(Payload):
    id: SlackId
    enterprise_id: SlackId | None = None


class _User(Payload):
    id: SlackId
    team_id: SlackId | None = None


class Interaction(Payload):
    """A button or a menu was used, in a message or a view; a shortcut; or a modal was submitted."""

    type: str
    team: _Team | None = None
    enterprise: Named | None = None
    api_app_id: str | None = None
    user: _User
    channel: Named | None = None
    message: Message | None = None
    container: Container = Container()
    trigger_id: RequestId | None = None
    response_url: str | None = None
    response_urls: tuple[ResponseUrl, ...] = ()
    view: View | None = Field(default=None, repr=False)
    actions: Annotated[list[Action], Field(min_length=1)] | None = None

    @property
    def actor(self) -> Actor:
        missing = {"block_actions": self.actions, "view_submission": self.view}
        if missing.get(self.type, True) is None:
            raise MissingFieldError(f"a {self.type} without its content")
        channel = self.channel or self.container.channel_id
        return Actor(
            workspace=self._workspace,
            user_id=self.user.id,
            user_team=self.user.team_id,
            channel=channel,
            thread=_thread(channel, self._thread_ts),
        )

    @property
    def _thread_ts(self) -> str | None:
        if self.message is not None:
            return self.message.thread_ts or self.message.ts
        return self.container.thread_ts or self.container.message_ts

    @property
    def _workspace(self) -> Workspace:
        """A view's own workspace, then `team`, then that of our message.

        An organisation-wide installation may leave `team` out; in a shared channel it may be the
        person's own, and the view still names ours. Raises MissingFieldError if none is named for
        certain.
        """
        team_id = self._team_id
        if team_id is None:
            raise MissingFieldError("the interaction names no workspace")
        if self.team is None:
            return Workspace(team_id, self.enterprise)
        if self.team.id == team_id:
            return Workspace(team_id, self.enterprise or self.team.enterprise_id)
        return Workspace(team_id)

    @property
    def _team_id(self) -> str | None:
        """An organisation-wide installation may name the organisation in a view, or in `team`."""
        view, message = self.view, self.message
        teams = (
            view and view.app_installed_team_id,
            view and view.team_id,
            self.team and self.team.id,
            message.team if message is not None and self._is_our_message else None,
        )
        return next((each for each in teams if each and not each.startswith("E")), None)

    @property
    def _is_our_message(self) -> bool:
        """Anybody's message can have a shortcut used on it; only ours have our buttons."""
        if self.message is None:
            return False
        is_ours = self.message.app_id is not None and self.message.app_id == self.api_app_id
        return self.type == "block_actions" or is_ours


SlackRequest = Command | Event | Interaction


def read_request(body: Mapping[str, object]) -> SlackRequest | None:
    """None for a kind that the app never asks for; Bolt fails on some that lack a field.

    Raises ValueError for a malformed one.
    """
    if "command" in body:
        return Command.model_validate(body)
    if body.get("type") == "event_callback":
        return Event.model_validate(body)
    if body.get("type") in _INTERACTIONS:
        return Interaction.model_validate(body)
    if not isinstance(body.get("type"), str):
        raise MissingFieldError("no request of Slack's")
    return None
