"""Lists of monitors, in `/monitor list` and in the Home tab: pages, search, *Cancel*."""

from dataclasses import replace

from slack_bolt.async_app import AsyncAck

from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ActionPayload, PressedInView
from monitors.accounts.home import ask_home
from monitors.blocks.home import ALL, FILTER, HOME_PAGES, SEARCH, look_of
from monitors.blocks.listing import CANCEL_LISTED, LIST_PAGES
from monitors.blocks.text import sendable
from monitors.model.codec import decode
from monitors.model.intent import IntentKind
from monitors.model.listing import HomeLook, ListedMonitor
from monitors.model.requests import ListRequest
from monitors.model.view_requests import CancelListedRequest, HomeRequest


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def turned(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        reply_to = replace(actor.reply_to(payload.response_url), replaces=True)
        await services.submit_intent(
            IntentKind.LIST,
            ListRequest(actor.workspace, reply_to, at=payload.actions[0].value or ""),
            intent_id=payload.trigger_id,
        )
        await ack()

    async def looked(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = PressedInView.model_validate(body)
        drawn, pressed = look_of(payload.view.private_metadata), payload.actions[0]
        if pressed.action_id in HOME_PAGES:
            look = replace(drawn, at=pressed.value or "")
        else:
            only = payload.chosen(FILTER)
            look = HomeLook(sendable(payload.typed(SEARCH)).strip(), "" if only == ALL else only)
        await ask_home(
            services.queue, actor.workspace, actor.person, after=payload.trigger_id, look=look
        )
        await ack()

    async def cancelled(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        is_home = "view" in body
        payload = (PressedInView if is_home else ActionPayload).model_validate(body)
        listed = decode(ListedMonitor, payload.actions[0].value or "")
        thread = listed.thread
        cancel = replace(actor.asks_of(thread, monitor_id=listed.monitor_id), is_listed=True)
        then: ListRequest | HomeRequest
        if isinstance(payload, PressedInView):
            look = look_of(payload.view.private_metadata)
            then = HomeRequest(actor.workspace, actor.person, look)
        else:
            reply_to = actor.reply_to(payload.response_url)
            cancel = replace(cancel, reply_to=reply_to)
            then = ListRequest(actor.workspace, replace(reply_to, replaces=True), listed.at)
        await services.submit_intent(
            IntentKind.CANCEL_LISTED,
            CancelListedRequest(actor.workspace, cancel, then),
            intent_id=payload.trigger_id,
        )
        await ack()

    for action_id in LIST_PAGES:
        app.action(action_id)(turned)
    for action_id in (*HOME_PAGES, SEARCH, FILTER):
        app.action(action_id)(looked)
    app.action(CANCEL_LISTED)(cancelled)
