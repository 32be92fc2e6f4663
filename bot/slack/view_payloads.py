"""Slack's requests around modals and the Home tab, as values (`payloads` has the others)."""

from pydantic import Field

from bot.slack.payloads import FromWorkspace, Payload, RequestId


class _View(Payload):
    id: RequestId
    type: str = ""
    callback_id: str = ""
    private_metadata: str = ""


class _Typed(Payload):
    value: str | None = None


class _ViewState(Payload):
    values: dict[str, dict[str, _Typed]] = Field(default_factory=dict)


class _SubmittedView(_View):
    state: _ViewState = _ViewState()


class ViewActionPayload(FromWorkspace):
    """A click on a button in the App Home or in a modal."""

    trigger_id: RequestId
    view: _View

    @property
    def is_in_modal(self) -> bool:
        return self.view.type == "modal"


class SubmissionPayload(FromWorkspace):
    """A modal was submitted."""

    view: _SubmittedView = Field(repr=False)

    def typed(self, block_id: str) -> str:
        """What was typed into a block's field; empty if nothing was."""
        fields = self.view.state.values.get(block_id, {}).values()
        return next((field.value for field in fields if field.value), "")
