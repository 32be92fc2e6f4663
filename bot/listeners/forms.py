"""The forms about a monitor: for a new one, and for how one is set, delivered or cancelled."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bot.listeners.interactions import Press, Submission
from monitors.blocks import monitor_form
from monitors.blocks.card_forms import HOURS_BLOCK, chosen_hours
from monitors.blocks.delivery_form import DeliveryPlace, read_delivery
from monitors.blocks.edit_form import HOSTS, edit_form
from monitors.blocks.kit import BadFormError
from monitors.blocks.notices import notice_modal
from monitors.model.codec import decode
from monitors.model.edit import Edit, EditForm, settings_of
from monitors.model.flags import command_text
from monitors.model.frequency import DAILY
from monitors.model.intent import IntentKind
from monitors.model.message import Block
from monitors.model.monitor import Monitor, MonitorSpec, MonitorStatus
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import ReplyTo, StartRequest
from monitors.model.slack_errors import PERSON_UNKNOWN, SlackPostError
from monitors.model.workspace import ThreadRef
from monitors.ports import StoreDownError
from monitors.texts import edit_texts, start_texts, thread_texts
from monitors.watching import locate
from monitors.watching.advice import advice_on
from monitors.watching.edit import judge

# Slack waits three seconds for the answer to a modal.
_READ_SECONDS: Final = 1.8
_PERSON_SECONDS: Final = 0.8


async def show_monitor_form(press: Press) -> None:
    await press.open(monitor_form.monitor_form(MonitorSpec("")))


async def start(form: Submission) -> Block | None:
    view, channel = form.view, form.view.one(monitor_form.CHANNEL)
    read = monitor_form.read_form(view.filled)
    if not channel:
        raise BadFormError({monitor_form.CHANNEL: start_texts.CHOOSE_A_CHANNEL})
    advice = "" if view.private_metadata else advice_on(read.query, now=datetime.now(UTC))
    if advice:
        return monitor_form.monitor_form(read, channel=channel, advice=advice)
    url = next((each.response_url for each in form.payload.response_urls), None)
    typed = f"/{form.services.parts.prefix}monitor {command_text(read, DAILY)}"
    if read.fields:
        typed += f"\nTrack these fields: {', '.join(read.fields)}"
    reply_to = ReplyTo(channel, form.actor.person, url)
    request = StartRequest(form.workspace, read, reply_to, typed)
    await form.submit(IntentKind.START, request)
    return None


async def cancel(form: Submission) -> None:
    thread = decode(ThreadRef, form.view.private_metadata)
    await form.submit(IntentKind.CANCEL, form.actor.asks_of(thread))


async def snooze(form: Submission) -> None:
    thread = decode(ThreadRef, form.view.private_metadata)
    hours = chosen_hours(form.view.one(HOURS_BLOCK))
    if hours is not None:
        request = replace(form.actor.asks_of(thread), hours=hours)
        await form.submit(IntentKind.SNOOZE, request)


async def deliver(form: Submission) -> None:
    place = decode(DeliveryPlace, form.view.private_metadata)
    delivery = read_delivery(form.view.filled, zone=place.zone)
    asked = form.actor.asks_of(place.thread)
    request = replace(asked, delivery=delivery, delivery_seen=place.seen)
    await form.submit(IntentKind.DELIVERY, request)


async def edit(sent: Submission) -> Block | None:
    form = decode(EditForm, sent.view.private_metadata)
    try:
        async with asyncio.timeout(_READ_SECONDS):
            parts, workspace = sent.services.parts, sent.workspace
            located = await locate.in_thread(parts, workspace, form.thread, hint=form.monitor_id)
    except (ParallelError, TimeoutError, StoreDownError):
        raise BadFormError({monitor_form.QUERY: edit_texts.PARALLEL_TOO_SLOW}) from None
    monitor = located.monitor if located else None
    if monitor is None or monitor.status is MonitorStatus.CANCELLED:
        why = edit_texts.CANNOT_EDIT_CANCELLED if monitor else thread_texts.NO_MONITOR_HERE
        return notice_modal(why, title=thread_texts.MODAL_TITLES[form.about])
    current = settings_of(monitor)
    # What the form has no field for stays as it is.
    filled = monitor_form.filled_of(current) | sent.view.filled
    filled[monitor_form.NEVER] = ", ".join([filled[monitor_form.NEVER], *sent.view.all(HOSTS)])
    wanted = monitor_form.read_edit(filled, current)
    if wanted == current:
        if form.hosts is not None:
            raise BadFormError({monitor_form.QUERY: edit_texts.SAY_WHAT_TO_CHANGE})
        return None
    refused = await _no_co_owner(sent, monitor, wanted.co_owner)
    if refused is not None:
        raise BadFormError({monitor_form.CO_OWNER: refused})
    ask = judge(form, current, wanted)
    if ask is not None:
        return edit_form(ask.settings, ask.form, is_snapshot=monitor.is_snapshot, ask=ask)
    asked = sent.actor.asks_of(form.thread, monitor_id=form.monitor_id)
    request = replace(asked, edit=Edit(wanted, form.seen))
    await sent.submit(IntentKind.EDIT, request)
    return None


async def _no_co_owner(sent: Submission, monitor: Monitor, chosen: str) -> str | None:
    """Why that person can't be co-owner; None if they are, or can be."""
    home = monitor.home
    if home is None or chosen in {"", home.policy.co_owner}:
        return None
    if chosen == home.user_id:
        return edit_texts.OWNER_ALREADY
    try:
        async with asyncio.timeout(_PERSON_SECONDS):
            person = await sent.services.parts.people.person(sent.workspace, chosen)
    except TimeoutError:
        return edit_texts.CO_OWNER_UNKNOWN
    except SlackPostError as error:
        is_unknown = error.code in PERSON_UNKNOWN
        return edit_texts.NO_CO_OWNER if is_unknown else edit_texts.CO_OWNER_UNKNOWN
    return None if person.is_member else edit_texts.NO_CO_OWNER
