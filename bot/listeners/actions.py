"""The card's buttons."""

from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.payloads import ActionPayload
from monitors.domain.intent import IntentKind
from monitors.domain.requests import ThreadRequest

BUTTONS: Final = {
    "cancel_monitor": IntentKind.CANCEL,
    "run_now": IntentKind.RUN_NOW,
}


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    for action_id, kind in BUTTONS.items():
        _register_button(app, services, action_id=action_id, kind=kind)

    async def ignore(ack: AsyncAck) -> None:
        """Links in our messages send an action too; Slack wants it answered."""
        await ack()

    app.action({"type": "block_actions"})(ignore)


def _register_button(
    app: ListenerRegistry, services: ListenerServices, *, action_id: str, kind: IntentKind
) -> None:
    async def pressed(ack: AsyncAck, body: dict[str, object]) -> None:
        payload = ActionPayload.model_validate(body)
        pressed_button = next(a for a in payload.actions if a.action_id == action_id)
        request = ThreadRequest(
            workspace=payload.workspace,
            thread=payload.thread,
            reply_to=payload.reply_to,
            monitor_id=pressed_button.value,
        )
        await services.take_down.take(
            payload.workspace, intent_id=payload.trigger_id, kind=kind, request=request
        )
        await ack()

    app.action(action_id)(pressed)
