"""The message shortcut *Cancel this monitor*."""

from slack_bolt.async_app import AsyncAck

from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ShortcutPayload
from monitors.model.intent import IntentKind
from monitors.model.requests import ThreadRequest


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def cancel(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ShortcutPayload.model_validate(body)
        request = ThreadRequest(
            actor.workspace,
            actor.in_thread,
            actor.reply_to(payload.response_url),
            user_team=actor.user_team,
        )
        await services.submit_intent(
            actor.workspace,
            intent_id=payload.trigger_id,
            kind=IntentKind.CANCEL,
            request=request,
            is_asked_once=True,
        )
        await ack()

    app.shortcut({"type": "message_action", "callback_id": "cancel_monitor"})(cancel)
