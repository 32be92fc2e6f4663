"""Monitors without a thread, in the Home tab: an admin gives one a thread, or cancels it."""

from slack_bolt.async_app import AsyncAck

from bot.listeners.admins import admin_of
from bot.listeners.modals import open_modal
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ActionPayload, SubmissionPayload
from monitors.blocks.notices import notice_modal
from monitors.blocks.threadless import ADOPT, CHANNEL, END, adopt_form
from monitors.model.intent import IntentKind
from monitors.model.requests import ThreadlessRequest
from monitors.ports import StoreDownError
from monitors.texts import start_texts
from monitors.texts.problem_texts import PERHAPS_KEPT


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def asked(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        await open_modal(services, payload.trigger_id, actor, adopt_form(_value(payload, ADOPT)))
        await ack()

    async def chosen(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = SubmissionPayload.model_validate(body)
        channel = payload.conversation(CHANNEL)
        admin = await admin_of(services, actor)
        error = admin if isinstance(admin, str) else "" if channel else start_texts.CHOOSE_A_CHANNEL
        if not error and channel:
            try:
                await services.submit_intent(
                    IntentKind.ADOPT,
                    ThreadlessRequest(
                        actor.workspace, payload.view.private_metadata, actor.person, channel
                    ),
                    intent_id=f"adopt:{actor.workspace.team_id}:{payload.view.id}",
                )
            except StoreDownError:
                error = PERHAPS_KEPT
        if error:
            await ack(response_action="errors", errors={CHANNEL: error})
        else:
            await ack()

    async def ended(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        admin = await admin_of(services, actor)
        if isinstance(admin, str):
            await open_modal(services, payload.trigger_id, actor, notice_modal(admin))
        else:
            await services.submit_intent(
                IntentKind.CANCEL_THREADLESS,
                ThreadlessRequest(actor.workspace, _value(payload, END), actor.person),
                intent_id=payload.trigger_id,
            )
        await ack()

    app.action(ADOPT)(asked)
    app.view(ADOPT)(chosen)
    app.action(END)(ended)


def _value(payload: ActionPayload, action_id: str) -> str:
    return next(each.value or "" for each in payload.actions if each.action_id == action_id)
