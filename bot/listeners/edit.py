"""The forms that change a monitor: from its card, or from a finding that isn't relevant."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.listeners.modals import fill_modal, open_modal
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ActionPayload, SubmissionPayload
from monitors.blocks.card import EDIT
from monitors.blocks.delivery_form import FLOOR
from monitors.blocks.edit_form import EDIT_FORM, HOSTS, edit_form
from monitors.blocks.finding_buttons import NOT_RELEVANT
from monitors.blocks.monitor_form import (
    CO_OWNER,
    COUNTRY,
    DEPTH,
    EVERY,
    NEVER,
    ONLY,
    OTHER_EVERY,
    QUERY,
)
from monitors.blocks.notices import notice_modal
from monitors.model.codec import decode
from monitors.model.edit import Edit, EditForm, MonitorSettings, settings_of
from monitors.model.intent import IntentKind
from monitors.model.message import Block
from monitors.model.monitor import Monitor
from monitors.model.parallel_errors import ParallelError
from monitors.model.slack_errors import PERSON_UNKNOWN, SlackPostError
from monitors.model.view_requests import EditFormRequest, FindingRef
from monitors.ports import StoreDownError
from monitors.texts import edit_texts, problem_texts
from monitors.watching.edit_form import judge
from monitors.watching.form import Filled, filled_of, read_edit

# Slack waits three seconds for the answer to a modal.
_READ_SECONDS: Final = 1.8
_PERSON_SECONDS: Final = 0.8


@dataclass(frozen=True, slots=True)
class _Errors:
    """What is wrong, by field."""

    at: dict[str, str]


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def pressed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        button = next(a for a in payload.actions if a.action_id in {EDIT, NOT_RELEVANT})
        finding = None
        if button.action_id == NOT_RELEVANT:
            finding = decode(FindingRef, button.value or "")
        looking = notice_modal(
            edit_texts.LOOKING, title=edit_texts.title(is_finding=finding is not None)
        )
        opened = await open_modal(
            services, payload.trigger_id, actor, looking, response_url=payload.response_url
        )
        if opened is not None:
            asked = actor.asks_of(actor.in_thread, monitor_id=None if finding else button.value)
            request = EditFormRequest(asked, opened.id, opened.hash, finding)
            await fill_modal(services, request)
        await ack()

    async def submitted(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = SubmissionPayload.model_validate(body)
        form = decode(EditForm, payload.view.private_metadata)
        try:
            async with asyncio.timeout(_READ_SECONDS):
                monitor = await services.read_edited(actor.workspace, form)
        except (ParallelError, TimeoutError, StoreDownError):
            await _refuse(ack, payload, {QUERY: edit_texts.PARALLEL_TOO_SLOW})
            return
        if isinstance(monitor, str):
            title = edit_texts.title(is_finding=form.hosts is not None)
            view = notice_modal(monitor, title=title)
            await ack(response_action="update", view=dict(view))
            return
        shown = await _take(services, payload, actor, form, monitor)
        if isinstance(shown, _Errors):
            await _refuse(ack, payload, shown.at)
        elif shown is None:
            await ack()
        else:
            await ack(response_action="update", view=dict(shown))

    app.action(EDIT)(pressed)
    app.action(NOT_RELEVANT)(pressed)
    app.view(EDIT_FORM)(submitted)


async def _take(
    services: ListenerServices,
    payload: SubmissionPayload,
    actor: Actor,
    form: EditForm,
    monitor: Monitor,
) -> Block | _Errors | None:
    """The view to show next, or what is wrong; None if the form is done with."""
    current = settings_of(monitor)
    wanted = read_edit(_filled(payload, current), current)
    if isinstance(wanted, dict):
        return _Errors(wanted)
    if wanted == current:
        is_done = form.hosts is None
        return None if is_done else _Errors({QUERY: edit_texts.SAY_WHAT_TO_CHANGE})
    refused = await _no_co_owner(services, actor, monitor, wanted.co_owner)
    if refused is not None:
        return _Errors({CO_OWNER: refused})
    ask = judge(form, current, wanted)
    if ask is not None:
        return edit_form(ask.settings, ask.form, is_snapshot=monitor.is_snapshot, ask=ask)
    try:
        await _submit(services, payload, actor, form, wanted)
    except StoreDownError:
        return _Errors({QUERY: problem_texts.PERHAPS_KEPT})
    return None


async def _no_co_owner(
    services: ListenerServices, actor: Actor, monitor: Monitor, chosen: str
) -> str | None:
    """Why that person can't be co-owner; None if they are, or can be."""
    home = monitor.home
    if home is None or chosen in {"", home.policy.co_owner}:
        return None
    if chosen == home.user_id:
        return edit_texts.OWNER_ALREADY
    try:
        async with asyncio.timeout(_PERSON_SECONDS):
            person = await services.people.person(actor.workspace, chosen)
    except TimeoutError:
        return edit_texts.CO_OWNER_UNKNOWN
    except SlackPostError as error:
        is_unknown = error.code in PERSON_UNKNOWN
        return edit_texts.NO_CO_OWNER if is_unknown else edit_texts.CO_OWNER_UNKNOWN
    return None if person.is_member else edit_texts.NO_CO_OWNER


async def _submit(
    services: ListenerServices,
    payload: SubmissionPayload,
    actor: Actor,
    form: EditForm,
    wanted: MonitorSettings,
) -> None:
    """Raises StoreDownError. However often the form is sent, it is one intent."""
    workspace = actor.workspace
    asked = actor.asks_of(form.thread, monitor_id=form.monitor_id)
    request = replace(asked, edit=Edit(wanted, form.seen))
    await services.submit_intent(
        IntentKind.EDIT, request, intent_id=f"edit:{workspace.team_id}:{payload.view.id}"
    )


async def _refuse(ack: AsyncAck, payload: SubmissionPayload, errors: dict[str, str]) -> None:
    """At their fields; what concerns a field that the form lacks, at its first."""
    first = next(iter(payload.view.state.values), QUERY)
    at = {payload.block(name) or first: text for name, text in errors.items()}
    await ack(response_action="errors", errors=at)


def _filled(payload: SubmissionPayload, current: MonitorSettings) -> Filled:
    """What the form has no field for stays as it is."""
    was = filled_of(current)

    def of(name: str, read: Callable[[str], str], otherwise: str) -> str:
        block = payload.block(name)
        return otherwise if block is None else read(block)

    filled = Filled(
        query=of(QUERY, payload.typed, was.query),
        every=of(EVERY, payload.chosen, was.every),
        other_every=of(OTHER_EVERY, payload.typed, was.other_every),
        depth=of(DEPTH, payload.chosen, was.depth),
        only=of(ONLY, payload.typed, was.only),
        never=of(NEVER, payload.typed, was.never),
        country=of(COUNTRY, payload.typed, was.country),
        co_owner=of(CO_OWNER, payload.person, was.co_owner),
        floor=of(FLOOR, payload.chosen, was.floor),
    )
    ticked = payload.ticked(payload.block(HOSTS) or "")
    return replace(filled, never=", ".join([filled.never, *ticked])) if ticked else filled
