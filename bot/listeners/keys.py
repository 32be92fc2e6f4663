"""Pasting an API key into a modal: for admins only; tested before it is stored, never queued."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck

from bot.listeners.modals import submit_once
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.pages.link_words import OF
from bot.slack.actor import Actor
from bot.slack.payloads import SubmissionPayload, ViewActionPayload
from monitors.accounts.connect import MODAL_SECONDS, Answer, ConnectError, ConnectProblem
from monitors.accounts.home import ask_home
from monitors.blocks.account import (
    CONFIRM_FORM,
    KEY_BLOCK,
    KEY_FORM,
    PASTE,
    confirm_modal,
    key_kept_modal,
    key_modal,
)
from monitors.blocks.notices import notice_modal
from monitors.model.linking import Confirmation, LinkRequest
from monitors.model.message import Block
from monitors.model.slack_errors import SlackPostError
from monitors.ports import QueueDownError

# Slack waits three seconds for an answer, network time included.
_ANSWER_SECONDS: Final = 2.4

_T = TypeVar("_T")


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def open_form(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ViewActionPayload.model_validate(body)
        link_request = LinkRequest(actor.workspace, actor.person)
        view = key_modal()
        try:
            await _in_time(services.link.admin(link_request), ConnectProblem.SLACK_AWAY)
        except ConnectError as error:
            view = notice_modal(OF[error.problem].in_modal)
        show = services.views.push if payload.is_in_modal else services.views.open
        try:
            await show(actor.workspace, payload.trigger_id, view)
        except SlackPostError as error:
            structlog.get_logger("slack").warning(
                "not shown",
                what="key form",
                team_id=link_request.workspace.team_id,
                code=error.code,
            )
        await ack()

    async def try_key(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = SubmissionPayload.model_validate(body)
        link_request = LinkRequest(actor.workspace, actor.person)
        api_key = payload.typed(KEY_BLOCK).strip()

        async def connect() -> Block | str:
            trial = services.link.by_key(link_request, api_key, seconds=MODAL_SECONDS)
            return await _connected(services, link_request, trial)

        shown = await submit_once(services, payload, actor, connect)
        if isinstance(shown, str):
            await ack(response_action="errors", errors={KEY_BLOCK: shown})
        else:
            await ack(response_action="update", view=dict(shown))

    async def confirm(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        """The token counts once, so the view's id doesn't matter: it is the form's of the key."""
        payload = SubmissionPayload.model_validate(body)
        link_request = LinkRequest(actor.workspace, actor.person)
        token = payload.view.private_metadata
        trial = services.link.confirmed(link_request, token, seconds=MODAL_SECONDS)
        shown = await _connected(services, link_request, trial)
        view = notice_modal(shown) if isinstance(shown, str) else shown
        await ack(response_action="update", view=dict(view))

    app.action(PASTE)(open_form)
    app.view(KEY_FORM)(try_key)
    app.view(CONFIRM_FORM)(confirm)


async def _connected(
    services: ListenerServices, link_request: LinkRequest, trial: Awaitable[Answer]
) -> Block | str:
    """The modal to show next, or why nothing was changed."""
    try:
        linked = await _in_time(trial, ConnectProblem.PARALLEL_AWAY)
    except ConnectError as error:
        return OF[error.problem].in_modal
    except QueueDownError:
        return OF[ConnectProblem.NOT_KEPT].in_modal
    if isinstance(linked, Confirmation):
        return confirm_modal(linked)
    await _redraw_home(services, link_request)
    needs_secret = services.has_webhooks and not linked.webhook_secrets
    return key_kept_modal(linked.last_four, needs_secret=needs_secret)


async def _redraw_home(services: ListenerServices, link_request: LinkRequest) -> None:
    try:
        await ask_home(services.queue, link_request.workspace, link_request.user_id)
    except QueueDownError:
        # The change is made; the Home tab shows it when it is next opened.
        return


async def _in_time(work: Awaitable[_T], late: ConnectProblem) -> _T:
    """Raises a ConnectError with `late` if it takes longer than Slack waits."""
    try:
        return await asyncio.wait_for(work, _ANSWER_SECONDS)
    except TimeoutError as error:
        raise ConnectError(late) from error
