"""Pasting an API key into a modal: for admins only; tested before it is stored, never queued."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck

from bot.blocks.account import PASTE, notice_modal
from bot.blocks.key_modal import KEY_BLOCK, KEY_FORM, key_kept_modal, key_modal
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.pages.link_words import in_modal
from bot.slack.actor import Actor
from bot.slack.payloads import SubmissionPayload, ViewActionPayload
from monitors.accounts.connect import MODAL_SECONDS, ConnectProblem, Linked
from monitors.accounts.home import ask_home
from monitors.model.account import ParallelAccount
from monitors.model.linking import LinkRequest
from monitors.model.slack_errors import SlackPostError
from monitors.ports import QueueDownError

# Slack waits three seconds for an answer, network time included.
_ANSWER_SECONDS: Final = 2.4

_T = TypeVar("_T")


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def open_form(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ViewActionPayload.model_validate(body)
        link_request = LinkRequest(actor.workspace, actor.person)
        problem = await _in_time(services.link.may(link_request), ConnectProblem.SLACK_AWAY)
        view = key_modal() if problem is None else notice_modal(in_modal(problem))
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
        trial = services.link.by_key(link_request, api_key, seconds=MODAL_SECONDS)
        linked: Linked = await _in_time(trial, ConnectProblem.PARALLEL_AWAY)
        if not isinstance(linked, ParallelAccount):
            await ack(response_action="errors", errors={KEY_BLOCK: in_modal(linked)})
            return
        needs_secret = services.has_webhooks and not linked.webhook_secrets
        view = key_kept_modal(linked.last_four, needs_secret=needs_secret)
        await _redraw_home(services, link_request)
        await ack(response_action="update", view=dict(view))

    app.action(PASTE)(open_form)
    app.view(KEY_FORM)(try_key)


async def _redraw_home(services: ListenerServices, link_request: LinkRequest) -> None:
    try:
        await ask_home(services.queue, link_request.workspace, link_request.user_id)
    except QueueDownError:
        # The change is made; the Home tab shows it when it is next opened.
        return


async def _in_time(work: Awaitable[_T], late: _T) -> _T:
    """The result, or `late` if it takes longer than Slack waits."""
    try:
        return await asyncio.wait_for(work, _ANSWER_SECONDS)
    except TimeoutError:
        return late
