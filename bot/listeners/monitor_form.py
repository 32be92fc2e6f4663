"""The form for a new monitor: opened by `/monitor` alone, the Home tab or a shortcut; submitted."""

from datetime import UTC, datetime

from slack_bolt.async_app import AsyncAck

from bot.listeners.modals import open_modal
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ShortcutPayload, SubmissionPayload, ViewActionPayload
from monitors.blocks.home import NEW_MONITOR
from monitors.blocks.monitor_form import (
    BACKFILL,
    CHANNEL,
    COUNTRY,
    DELIVERY,
    DEPTH,
    EVERY,
    FIELDS,
    MONITOR_FORM,
    NEVER,
    OF_NEWS,
    ONLY,
    OTHER_EVERY,
    QUERY,
    monitor_form,
)
from monitors.model.flags import command_text
from monitors.model.frequency import DAILY
from monitors.model.intent import IntentKind
from monitors.model.monitor import MonitorSpec
from monitors.model.requests import ReplyTo, StartRequest
from monitors.ports import StoreDownError
from monitors.texts import problem_texts, start_texts
from monitors.watching.advice import advice_on
from monitors.watching.form import Filled, read_form

_EMPTY = MonitorSpec("")


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def pressed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ViewActionPayload.model_validate(body)
        await open_modal(services, payload.trigger_id, actor, monitor_form(_EMPTY))
        await ack()

    async def used(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ShortcutPayload.model_validate(body)
        await open_modal(services, payload.trigger_id, actor, monitor_form(_EMPTY))
        await ack()

    async def submitted(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = SubmissionPayload.model_validate(body)
        channel = payload.conversation(CHANNEL)
        read = read_form(_filled(payload))
        if isinstance(read, dict) or channel is None:
            errors = read if isinstance(read, dict) else {CHANNEL: start_texts.CHOOSE_A_CHANNEL}
            await ack(response_action="errors", errors=errors)
            return
        advice = "" if payload.view.private_metadata else advice_on(read.query, now=_now())
        if advice:
            form = monitor_form(read, channel=channel, advice=advice)
            await ack(response_action="update", view=dict(form))
            return
        try:
            await _start(services, payload, actor, read, channel)
        except StoreDownError:
            await ack(response_action="errors", errors={QUERY: problem_texts.PERHAPS_KEPT})
            return
        await ack()

    app.action(NEW_MONITOR)(pressed)
    app.shortcut({"type": "shortcut", "callback_id": NEW_MONITOR})(used)
    app.view(MONITOR_FORM)(submitted)


async def _start(
    services: ListenerServices,
    payload: SubmissionPayload,
    actor: Actor,
    spec: MonitorSpec,
    channel: str,
) -> None:
    """Raises StoreDownError. However often the form is sent, it is one intent."""
    workspace = actor.workspace
    url = next((each.response_url for each in payload.response_urls), None)
    typed = f"/{services.command_prefix}monitor {command_text(spec, DAILY)}"
    if spec.fields:
        typed += f"\nTrack these fields: {', '.join(spec.fields)}"
    request = StartRequest(workspace, spec, ReplyTo(channel, actor.person, url), typed)
    await services.submit_intent(
        IntentKind.START, request, intent_id=f"form:{workspace.team_id}:{payload.view.id}"
    )


def _filled(payload: SubmissionPayload) -> Filled:
    return Filled(
        query=payload.typed(QUERY),
        every=payload.chosen(EVERY),
        other_every=payload.typed(OTHER_EVERY),
        depth=payload.chosen(DEPTH),
        only=payload.typed(ONLY),
        never=payload.typed(NEVER),
        country=payload.typed(COUNTRY),
        backfill=bool(payload.ticked(BACKFILL)),
        delivery=payload.chosen(DELIVERY),
        fields=payload.typed(FIELDS),
        of_news=bool(payload.ticked(OF_NEWS)),
    )


def _now() -> datetime:
    return datetime.now(UTC)
