"""The answers to a question about a start: go on, or show the monitors instead."""

from dataclasses import replace

from slack_bolt.async_app import AsyncAck

from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ActionPayload
from monitors.blocks.decisions import SHOW_MONITORS, START_ANYWAY
from monitors.blocks.notices import note_message
from monitors.model.intent import IntentKind
from monitors.model.requests import ListRequest
from monitors.texts import start_texts


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def go_on(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        pressed = next(a for a in payload.actions if a.action_id == START_ANYWAY)
        reply_to = replace(actor.reply_to(payload.response_url), replaces=True)
        if not await services.waiting.answered(actor.workspace, pressed.value or "", reply_to):
            over = note_message(start_texts.QUESTION_OVER)
            await services.poster.post_ephemeral(actor.workspace, reply_to, over)
        await ack()

    async def show(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        reply_to = replace(actor.reply_to(payload.response_url), replaces=True)
        await services.submit_intent(
            IntentKind.LIST, ListRequest(actor.workspace, reply_to), intent_id=payload.trigger_id
        )
        await ack()

    app.action(START_ANYWAY)(go_on)
    app.action(SHOW_MONITORS)(show)
