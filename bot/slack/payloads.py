"""What Slack's requests contain beside who acts where (`bot.slack.actor`), as values.

Unknown fields are ignored; a missing one is a malformed request (ValidationError).
"""

from collections.abc import Iterator
from typing import Annotated, Final, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

SlackId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,40}$")]
Ts = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}\.[0-9]{1,8}$")]
ClockTime = Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]
RequestId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]
# The end of the year 9999, the last that a datetime can represent.
_LATEST_TIME: Final = 253_402_300_799


E = TypeVar("E", bound="Payload")


class MissingFieldError(ValueError):
    """The request doesn't say what Slack always says."""


class Payload(BaseModel):
    """A field that is null counts as absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        fields = cast("dict[object, object]", value)
        return {name: field for name, field in fields.items() if field is not None}


class CommandPayload(Payload):
    """A slash command."""

    command: str = ""
    text: str = ""
    trigger_id: RequestId
    response_url: str | None = None


class _Option(Payload):
    value: str = ""


class Event(Payload):
    """Any, of which only the envelope is read."""


class EventEnvelope(Payload, Generic[E]):
    event_id: RequestId
    event_time: Annotated[int, Field(ge=0, le=_LATEST_TIME)] = 0
    is_ext_shared_channel: bool | None = None
    event: E


class ReplyEvent(Payload):
    """A message typed by a person in a thread."""

    text: str = ""
    parent_user_id: SlackId | None = None


class SpokenEvent(Payload):
    """A message to the app: one that mentions it, or a direct one."""

    ts: Ts
    text: str = ""


class ChannelRenumbered(Payload):
    old_channel_id: SlackId
    new_channel_id: SlackId


class _ShownView(Payload):
    private_metadata: str = ""


class HomeEvent(Payload):
    """`view` is what was drawn before."""

    tab: str = "home"
    view: _ShownView = _ShownView()


class RevokedTokens(Payload):
    bot: list[str] = []


class RevokedEvent(Payload):
    tokens: RevokedTokens = RevokedTokens()


class AccessEvent(Payload):
    """Workspaces were added to an organisation's installation, or removed from it."""

    team_ids: list[SlackId] = []


class _Field(Payload):
    """An element, with what was typed, chosen or ticked there, or its own value."""

    value: str | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] = []
    selected_conversation: SlackId | None = None
    selected_time: ClockTime | None = None
    selected_conversations: list[SlackId] = []
    selected_users: list[SlackId] = []

    @property
    def values(self) -> Iterator[str]:
        options = [*filter(None, [self.selected_option]), *self.selected_options]
        yield from filter(
            None,
            (
                self.value,
                *(option.value for option in options),
                self.selected_conversation,
                self.selected_time,
                *self.selected_conversations,
                *self.selected_users,
            ),
        )


class _State(Payload):
    values: dict[str, dict[str, _Field]] = Field(default_factory=dict)


class View(Payload):
    """The Home tab or a modal, with what is filled in; a field's name stands before its colon."""

    id: RequestId
    type: str = ""
    private_metadata: str = ""
    state: _State = _State()

    def all(self, name: str) -> list[str]:
        """What was typed, chosen or ticked in a field."""
        fields = self.state.values.get(self._block(name) or "", {}).values()
        return [value for field in fields for value in field.values]

    def one(self, name: str) -> str:
        """The same, empty if there is nothing."""
        return next(iter(self.all(name)), "")

    @property
    def filled(self) -> dict[str, str]:
        """By name, all the fields that there are; several values with spaces between them."""
        names = [block_id.split(":")[0] for block_id in self.state.values]
        return {name: " ".join(self.all(name)) for name in names}

    def block_of(self, name: str) -> str:
        """The id of the field's block; of a field that the form lacks, the first one's."""
        return self._block(name) or next(iter(self.state.values), name)

    def _block(self, name: str) -> str | None:
        return next((each for each in self.state.values if each.split(":")[0] == name), None)


class _Action(_Field):
    action_id: str
    block_id: str = ""


class PressPayload(Payload):
    """A button or a menu was used, in a message or a view; or a shortcut, without `actions`."""

    trigger_id: RequestId
    response_url: str | None = None
    actions: list[_Action] = []
    view: View | None = Field(default=None, repr=False)


class _ResponseUrl(Payload):
    response_url: str


class SubmissionPayload(Payload):
    """A modal was submitted."""

    view: View = Field(repr=False)
    response_urls: list[_ResponseUrl] = []
