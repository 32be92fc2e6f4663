"""Slack's requests around modals and the Home tab, as values (`bot.payloads` has the others)."""

from pydantic import Field

from bot.blocks.key_modal import KEY_BLOCK
from bot.payloads import FromWorkspace, Payload, RequestId


class _Surface(Payload):
    type: str = ""


class ButtonPayload(FromWorkspace):
    """A click on a button, wherever it stands."""

    trigger_id: RequestId
    view: _Surface = _Surface()

    @property
    def is_in_modal(self) -> bool:
        return self.view.type == "modal"


class _Typed(Payload):
    value: str | None = None


class _KeyField(Payload):
    typed: _Typed = Field(alias=KEY_BLOCK)


class _KeyValues(Payload):
    block: _KeyField = Field(alias=KEY_BLOCK)


class _KeyState(Payload):
    values: _KeyValues


class _KeyForm(Payload):
    state: _KeyState


class KeyFormPayload(FromWorkspace):
    """The form for an API key, sent."""

    view: _KeyForm = Field(repr=False)

    @property
    def api_key(self) -> str:
        return self.view.state.values.block.typed.value or ""
