"""The menu on a monitor's card: pause, resume, snooze, delivery."""

from dataclasses import replace
from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.listeners.modals import fill_modal, open_modal
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ActionPayload, SubmissionPayload
from monitors.blocks.card import DELIVERY, MORE, PAUSE, RESUME, SNOOZE
from monitors.blocks.card_forms import HOURS_BLOCK, SNOOZE_FORM, chosen_hours, snooze_form
from monitors.blocks.delivery_form import (
    AT,
    DELIVERY_FORM,
    FLOOR,
    QUIET_FROM,
    QUIET_UNTIL,
    WHEN,
    WHERE,
)
from monitors.blocks.notices import notice_modal
from monitors.model.codec import decode, encode
from monitors.model.intent import IntentKind
from monitors.model.view_requests import DeliveryFormRequest
from monitors.model.workspace import ThreadRef
from monitors.texts import delivery_texts
from monitors.watching.delivery_form import ChosenDelivery, DeliveryPlace, read_delivery

_LOOKING: Final = "One moment, looking for the monitor…"
_AT_ONCE: Final = {PAUSE: IntentKind.PAUSE, RESUME: IntentKind.RESUME}


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def chosen(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        menu = next(a for a in payload.actions if a.action_id == MORE)
        choice = menu.selected_option.value if menu.selected_option else ""
        if choice == SNOOZE:
            modal = snooze_form(encode(actor.in_thread))
            await open_modal(
                services, payload.trigger_id, actor, modal, response_url=payload.response_url
            )
        elif choice == DELIVERY:
            looking = notice_modal(_LOOKING, title=delivery_texts.DELIVERY_TITLE)
            opened = await open_modal(
                services, payload.trigger_id, actor, looking, response_url=payload.response_url
            )
            if opened is not None:
                asked = actor.asks_of(actor.in_thread)
                await fill_modal(services, DeliveryFormRequest(asked, opened.id, opened.hash))
        elif choice in _AT_ONCE:
            request = actor.asks_of(actor.in_thread, reply_to=actor.reply_to(payload.response_url))
            await services.submit_intent(_AT_ONCE[choice], request, intent_id=payload.trigger_id)
        await ack()

    async def snoozed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = SubmissionPayload.model_validate(body)
        thread = decode(ThreadRef, payload.view.private_metadata)
        hours = chosen_hours(payload.chosen(HOURS_BLOCK))
        if hours is not None:
            request = replace(actor.asks_of(thread), hours=hours)
            await services.submit_intent(
                IntentKind.SNOOZE, request, intent_id=f"snooze:{payload.view.id}"
            )
        await ack()

    async def delivery_chosen(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = SubmissionPayload.model_validate(body)
        place = decode(DeliveryPlace, payload.view.private_metadata)
        delivery = read_delivery(_chosen_delivery(payload), zone=place.zone)
        if isinstance(delivery, dict):
            await ack(response_action="errors", errors=delivery)
            return
        request = replace(actor.asks_of(place.thread), delivery=delivery, delivery_seen=place.seen)
        await services.submit_intent(
            IntentKind.DELIVERY,
            request,
            intent_id=f"delivery:{actor.workspace.team_id}:{payload.view.id}",
        )
        await ack()

    app.action(MORE)(chosen)
    app.view(DELIVERY_FORM)(delivery_chosen)
    app.view(SNOOZE_FORM)(snoozed)


def _chosen_delivery(payload: SubmissionPayload) -> ChosenDelivery:
    return ChosenDelivery(
        when=payload.chosen(WHEN),
        at=payload.time(AT),
        quiet_from=payload.time(QUIET_FROM),
        quiet_until=payload.time(QUIET_UNTIL),
        floor=payload.chosen(FLOOR),
        where=payload.ticked(WHERE),
    )
