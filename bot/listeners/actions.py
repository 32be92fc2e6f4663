"""The card's buttons, and the menu that moves a monitor to another channel."""

from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ActionPayload
from monitors.blocks.decisions import MOVE, MOVE_BLOCK
from monitors.model.intent import IntentKind
from monitors.model.requests import MoveRequest

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
    async def chosen(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        menu = next(a for a in payload.actions if a.action_id == MOVE)
        if menu.selected_conversation is not None:
            request = MoveRequest(
                workspace=actor.workspace,
                monitor_id=menu.block_id.removeprefix(MOVE_BLOCK),
                channel=menu.selected_conversation,
                reply_to=actor.reply_to(payload.response_url),
                user_team=actor.user_team,
            )
            await services.submit_intent(IntentKind.MOVE, request, intent_id=payload.trigger_id)
        await ack()

    app.action(MOVE)(chosen)


def _register_button(
    app: ListenerRegistry, services: ListenerServices, *, action_id: str, kind: IntentKind
) -> None:
    async def pressed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        pressed_button = next(a for a in payload.actions if a.action_id == action_id)
        request = actor.asks_of(
            actor.in_thread,
            reply_to=actor.reply_to(payload.response_url),
            monitor_id=pressed_button.value,
        )
        await services.submit_intent(kind, request, intent_id=payload.trigger_id)
        await ack()

    app.action(action_id)(pressed)
