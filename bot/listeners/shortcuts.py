"""The message shortcut *Cancel this monitor*: it asks first, and the answer counts once."""

from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.listeners.modals import fill_modal, open_modal
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ShortcutPayload, SubmissionPayload
from monitors.blocks.card_forms import CANCEL_FORM
from monitors.blocks.notices import notice_modal
from monitors.model.codec import decode
from monitors.model.intent import IntentKind
from monitors.model.view_requests import CancelFormRequest
from monitors.model.workspace import ThreadRef
from monitors.texts import thread_texts

_LOOKING: Final = "One moment, looking for the monitor…"


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def used(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload, thread = ShortcutPayload.model_validate(body), actor.in_thread
        looking = notice_modal(_LOOKING, title=thread_texts.CANCEL_TITLE)
        opened = await open_modal(services, payload.trigger_id, actor, looking)
        if opened is not None:
            await fill_modal(services, CancelFormRequest(actor.asks_of(thread), opened.id))
        await ack()

    async def confirmed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = SubmissionPayload.model_validate(body)
        thread = decode(ThreadRef, payload.view.private_metadata)
        await services.submit_intent(
            IntentKind.CANCEL,
            actor.asks_of(thread),
            intent_id=f"cancel:{actor.workspace.team_id}:{payload.view.id}",
        )
        await ack()

    app.shortcut({"type": "message_action", "callback_id": "cancel_monitor"})(used)
    app.view(CANCEL_FORM)(confirmed)
