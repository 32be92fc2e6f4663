"""The card's buttons, and the menu that moves a monitor to another channel."""

from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.blocks.suspended import MOVE, MOVE_BLOCK
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.payloads import ActionPayload
from monitors.model.intent import IntentKind
from monitors.model.requests import MoveRequest, ThreadRequest

BUTTONS: Final = {
    "cancel_monitor": IntentKind.CANCEL,
    "run_now": IntentKind.RUN_NOW,
}


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    for action_id, kind in BUTTONS.items():
        _register_button(app, services, action_id=action_id, kind=kind)

    _register_move(app, services)

    async def ignore(ack: AsyncAck) -> None:
        """Links in our messages send an action too, which Slack wants acknowledged."""
        await ack()

    app.action({"type": "block_actions"})(ignore)


def _register_move(app: ListenerRegistry, services: ListenerServices) -> None:
    async def chosen(ack: AsyncAck, body: dict[str, object]) -> None:
        payload = ActionPayload.model_validate(body)
        menu = next(a for a in payload.actions if a.action_id == MOVE)
        if menu.selected_conversation is not None:
            request = MoveRequest(
                workspace=payload.workspace,
                monitor_id=menu.block_id.removeprefix(MOVE_BLOCK),
                channel=menu.selected_conversation,
                reply_to=payload.reply_to,
            )
            await services.submit_intent(
                payload.workspace,
                intent_id=payload.trigger_id,
                kind=IntentKind.MOVE,
                request=request,
            )
        await ack()

    app.action(MOVE)(chosen)


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
            user_team=payload.user.team_id,
        )
        await services.submit_intent(
            payload.workspace, intent_id=payload.trigger_id, kind=kind, request=request
        )
        await ack()

    app.action(action_id)(pressed)
