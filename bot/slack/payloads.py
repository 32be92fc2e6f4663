"""Parts of Slack's requests, as values: a view's fields, what was used, what happened.

Unknown fields are ignored; a missing one is a malformed request (ValidationError).
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, TypeVar, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

SlackId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,40}$")]
Ts = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}\.[0-9]{1,8}$")]
ClockTime = Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]
RequestId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]

_T = TypeVar("_T")


class MissingFieldError(ValueError):
    """The request doesn't say what Slack always says."""


def named(value: _T | None, name: str) -> _T:
    """Raises MissingFieldError."""
    if value is None:
        raise MissingFieldError(f"the request names no {name}")
    return value


def given(fields: Mapping[str, object]) -> dict[str, object]:
    """Without those that are null or, as in a form, which knows no null, empty."""
    return {name: field for name, field in fields.items() if field not in (None, "")}


def _id_in(value: object) -> object:
    """An id, or the id of an object; some events name a person or channel by the whole object."""
    return cast("Mapping[str, object]", value).get("id") if isinstance(value, Mapping) else value


Named = Annotated[SlackId, BeforeValidator(_id_in)]


class Payload(BaseModel):
    """A field that is null or empty counts as absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return given(cast("Mapping[str, object]", value))


class _Option(Payload):
    value: str = ""


class _Tokens(Payload):
    bot: list[str] = []


class _ShownView(Payload):
    private_metadata: str = ""


class Happened(Payload):
    """An event; which fields it has depends on its type.

    `view` is what was drawn before in the Home tab, `tokens` name whose were revoked, `team_ids`
    the workspaces that were added to an organisation's installation or removed from it.
    """

    type: str
    user: Named | None = None
    channel: Named | None = None
    ts: Ts | None = None
    thread_ts: Ts | None = None
    text: str = ""
    parent_user_id: SlackId | None = None
    user_team: SlackId | None = None
    source_team: SlackId | None = None
    team: Named | None = None
    tab: str = "home"
    view: _ShownView = _ShownView()
    tokens: _Tokens = _Tokens()
    team_ids: list[SlackId] = []
    old_channel_id: SlackId | None = None
    new_channel_id: SlackId | None = None


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


def _without_null_fields(value: object) -> object:
    """Blocks stay, with the fields that aren't null: what is wrong is said beside its block."""
    if not isinstance(value, Mapping):
        return value
    blocks = cast("Mapping[str, Mapping[str, object] | None]", value)
    return {block_id: given(fields or {}) for block_id, fields in blocks.items()}


class _State(Payload):
    values: Annotated[dict[str, dict[str, _Field]], BeforeValidator(_without_null_fields)] = Field(
        default_factory=dict
    )


class _Text(Payload):
    text: str = ""


class View(Payload):
    """The Home tab or a modal, with what is filled in; a field's name stands before its colon."""

    id: RequestId
    type: str
    team_id: SlackId | None = None
    app_installed_team_id: SlackId | None = None
    private_metadata: str = ""
    title: _Text = _Text()
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


class Action(_Field):
    """A button or a menu that was used."""

    action_id: str
    block_id: str = ""


class Message(Payload):
    ts: Ts
    thread_ts: Ts | None = None
    team: SlackId | None = None
    app_id: str | None = None


class Container(Payload):
    """Where a used element sits; the only name of an ephemeral message, which has no `message`."""

    message_ts: Ts | None = None
    thread_ts: Ts | None = None
    channel_id: SlackId | None = None


class ResponseUrl(Payload):
    response_url: str
