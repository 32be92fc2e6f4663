"""The buttons that send a person a file: a monitor's history, the workspace's audit trail."""

from contextlib import suppress

from slack_bolt.async_app import AsyncAck

from bot.listeners.admins import admin_of
from bot.listeners.modals import open_modal
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import PressedInView, ViewActionPayload
from monitors.blocks.history import EXPORT_HISTORY
from monitors.blocks.notices import notice_modal
from monitors.blocks.rules import EXPORT_AUDIT
from monitors.model.codec import decode
from monitors.model.intent import IntentKind
from monitors.model.listing import HistoryAt
from monitors.model.requests import AuditRequest
from monitors.model.slack_errors import SlackPostError
from monitors.texts import account_texts, file_texts


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def history(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = PressedInView.model_validate(body)
        at = decode(HistoryAt, payload.view.private_metadata)
        # One file for each time that the modal was opened, however often it is pressed.
        await services.submit_intent(
            IntentKind.EXPORT_HISTORY,
            actor.asks_of(at.thread, monitor_id=at.monitor_id),
            intent_id=f"export:{actor.workspace.team_id}:{payload.view.id}",
        )
        notice = notice_modal(file_texts.SENDING, title=file_texts.EXPORT_TITLE)
        with suppress(SlackPostError):
            await services.views.push(actor.workspace, payload.trigger_id, notice)
        await ack()

    async def audit(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ViewActionPayload.model_validate(body)
        admin = await admin_of(services, actor)
        said = file_texts.SENDING
        if isinstance(admin, str):
            said = file_texts.AUDIT_FOR_ADMINS if admin == account_texts.ADMINS_ONLY else admin
        else:
            await services.submit_intent(
                IntentKind.EXPORT_AUDIT,
                AuditRequest(actor.workspace, actor.person),
                intent_id=payload.trigger_id,
            )
        notice = notice_modal(said, title=file_texts.EXPORT_TITLE)
        await open_modal(services, payload.trigger_id, actor, notice)
        await ack()

    app.action(EXPORT_HISTORY)(history)
    app.action(EXPORT_AUDIT)(audit)
