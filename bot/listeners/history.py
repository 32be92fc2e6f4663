"""The card's button *History*, and the pages of the modal that it opens."""

from dataclasses import replace
from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.listeners.modals import fill_modal, open_modal
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ActionPayload, PressedInView
from monitors.blocks.card import HISTORY
from monitors.blocks.history import HISTORY_PAGES
from monitors.blocks.notices import notice_modal
from monitors.model.codec import decode
from monitors.model.listing import NEWER, HistoryAt
from monitors.model.view_requests import HistoryRequest
from monitors.texts import list_texts

_LOADING: Final = notice_modal(list_texts.LOADING_HISTORY, title=list_texts.HISTORY_TITLE)


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def pressed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        button = next(each for each in payload.actions if each.action_id == HISTORY)
        opened = await open_modal(
            services, payload.trigger_id, actor, _LOADING, response_url=payload.response_url
        )
        if opened is not None:
            at = HistoryAt(actor.in_thread, button.value)
            await _fill(services, actor, opened.id, at, press=payload.trigger_id)
        await ack()

    async def turned(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = PressedInView.model_validate(body)
        at = decode(HistoryAt, payload.view.private_metadata)
        trail = at.trail
        if payload.actions[0].value == NEWER:
            trail = trail[:-1]
        elif at.older is not None:
            trail = (*trail, at.older)
        await _fill(
            services,
            actor,
            payload.view.id,
            replace(at, trail=trail, older=None),
            press=payload.trigger_id,
        )
        await ack()

    app.action(HISTORY)(pressed)
    for action_id in HISTORY_PAGES:
        app.action(action_id)(turned)


async def _fill(
    services: ListenerServices, actor: Actor, view_id: str, at: HistoryAt, *, press: str
) -> None:
    asked = actor.asks_of(at.thread, monitor_id=at.monitor_id)
    await fill_modal(services, HistoryRequest(asked, view_id, at), press=press)
