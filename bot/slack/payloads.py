"""What Slack's requests contain beside who acts where (`bot.slack.actor`), as values.

Unknown fields are ignored; a missing one is a malformed request (ValidationError).
"""

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

SlackId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,40}$")]
Ts = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}\.[0-9]{1,8}$")]
ClockTime = Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]
RequestId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]
# The end of the year 9999, the last that a datetime can represent.
_LATEST_TIME: Final = 253_402_300_799


class MissingFieldError(ValueError):
    """The request doesn't say what Slack always says."""


class Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CommandPayload(Payload):
    """A slash command."""

    command: str = ""
    text: str = ""
    trigger_id: RequestId
    response_url: str | None = None


class _Option(Payload):
    value: str = ""


class _Action(Payload):
    action_id: str
    block_id: str = ""
    value: str | None = None
    selected_conversation: SlackId | None = None
    selected_option: _Option | None = None


class ShortcutPayload(Payload):
    """A message shortcut."""

    trigger_id: RequestId
    response_url: str | None = None


class ActionPayload(ShortcutPayload):
    """A click on a button of one of our messages."""

    actions: Annotated[list[_Action], Field(min_length=1)]


class EventEnvelope(Payload):
    """The envelope of an event."""

    event_id: RequestId
    event_time: Annotated[int, Field(ge=0, le=_LATEST_TIME)] = 0


class ReplyEvent(Payload):
    """A message typed by a person in a thread."""

    text: str = ""
    parent_user_id: SlackId | None = None


class MessageEnvelope(EventEnvelope):
    event: ReplyEvent
    is_ext_shared_channel: bool = False


class SpokenEvent(Payload):
    """A message to the app: one that mentions it, or a direct one."""

    ts: Ts
    text: str = ""


class SpokenEnvelope(EventEnvelope):
    event: SpokenEvent


class ChannelRenumbered(Payload):
    old_channel_id: SlackId
    new_channel_id: SlackId


class RenumberedEnvelope(EventEnvelope):
    event: ChannelRenumbered


class _ShownView(Payload):
    private_metadata: str = ""


class HomeEvent(Payload):
    """`view` is what was drawn before."""

    tab: str = "home"
    view: _ShownView = _ShownView()


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


class _View(Payload):
    id: RequestId
    type: str = ""
    private_metadata: str = ""


class _Typed(Payload):
    value: str | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] = []
    selected_conversation: SlackId | None = None
    selected_time: ClockTime | None = None
    selected_conversations: list[SlackId] = []
    selected_users: list[SlackId] = []


class _ViewState(Payload):
    values: dict[str, dict[str, _Typed]] = Field(default_factory=dict)


class _SubmittedView(_View):
    state: _ViewState = _ViewState()


class ViewActionPayload(Payload):
    """A click on a button in the App Home or in a modal."""

    trigger_id: RequestId
    view: _View

    @property
    def is_in_modal(self) -> bool:
        return self.view.type == "modal"


class _ResponseUrl(Payload):
    response_url: str


class SubmissionPayload(Payload):
    """A modal was submitted, or (PressedInView) something in a view was used."""

    view: _SubmittedView = Field(repr=False)
    response_urls: list[_ResponseUrl] = []

    def typed(self, block_id: str) -> str:
        """What was typed into a block's field; empty if nothing was."""
        return next((field.value for field in self._fields(block_id) if field.value), "")

    def chosen(self, block_id: str) -> str:
        """The value of the option chosen in a block's menu; empty if none was."""
        options = (field.selected_option for field in self._fields(block_id))
        return next((option.value for option in options if option), "")

    def ticked(self, block_id: str) -> frozenset[str]:
        """The values of the boxes ticked in a block."""
        fields = self._fields(block_id)
        return frozenset(option.value for field in fields for option in field.selected_options)

    def time(self, block_id: str) -> str:
        """The time of day chosen in a block, as `09:00`; empty if none was."""
        return next(
            (field.selected_time for field in self._fields(block_id) if field.selected_time), ""
        )

    def block(self, name: str) -> str | None:
        """The id of the block with that name: what stands before its colon."""
        return next((each for each in self.view.state.values if each.split(":")[0] == name), None)

    def conversation(self, block_id: str) -> str | None:
        chosen = (field.selected_conversation for field in self._fields(block_id))
        return next((each for each in chosen if each), None)

    def conversations(self, block_id: str) -> frozenset[str]:
        """All that were chosen in a block's menu."""
        fields = self._fields(block_id)
        return frozenset(each for field in fields for each in field.selected_conversations)

    def person(self, block_id: str) -> str:
        """The id of who was chosen in a block's menu; empty if nobody was."""
        fields = self._fields(block_id)
        return next((each for field in fields for each in field.selected_users), "")

    def _fields(self, block_id: str) -> Iterable[_Typed]:
        return self.view.state.values.get(block_id, {}).values()


class PressedInView(SubmissionPayload):
    """Something was used in the Home tab or in a modal, with what is typed and chosen there."""

    trigger_id: RequestId
    actions: Annotated[list[_Action], Field(min_length=1)]
