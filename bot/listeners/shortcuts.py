"""The message shortcut *Cancel this monitor*."""

from slack_bolt.async_app import AsyncAck

from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.payloads import ShortcutPayload
from monitors.model.intent import IntentKind
from monitors.model.requests import ThreadRequest


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def cancel(ack: AsyncAck, body: dict[str, object]) -> None:
        payload = ShortcutPayload.model_validate(body)
        request = ThreadRequest(
            payload.workspace, payload.thread, payload.reply_to, user_team=payload.user.team_id
        )
        await services.submit_intent(
            payload.workspace,
            intent_id=payload.trigger_id,
            kind=IntentKind.CANCEL,
            request=request,
        )
        await ack()

    app.shortcut({"type": "message_action", "callback_id": "cancel_monitor"})(cancel)
