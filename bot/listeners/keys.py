"""Pasting an API key into a modal: only an admin's, tried before it is kept, and never queued."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck

from bot.blocks.key_modal import (
    KEY_BLOCK,
    KEY_FORM,
    PASTE_KEY,
    key_kept_modal,
    key_modal,
    key_notice_modal,
)
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.pages.link_words import in_modal
from bot.view_payloads import ButtonPayload, KeyFormPayload
from monitors.domain.account import ParallelAccount
from monitors.domain.linking import Linker
from monitors.domain.slack_errors import SlackPostError
from monitors.services.link_account import MODAL_SECONDS, Linked, LinkProblem

# Slack waits three seconds for an answer, the way included.
_ANSWER_SECONDS: Final = 2.4

_T = TypeVar("_T")


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def open_form(ack: AsyncAck, body: dict[str, object]) -> None:
        payload = ButtonPayload.model_validate(body)
        await ack()
        linker = Linker(payload.workspace, payload.user.id)
        problem = await _in_time(services.link.may(linker), LinkProblem.SLACK_AWAY)
        view = key_modal() if problem is None else key_notice_modal(in_modal(problem))
        try:
            await services.show_modal(
                payload.workspace, payload.trigger_id, view, on_top=payload.is_in_modal
            )
        except SlackPostError as error:
            structlog.get_logger("slack").warning(
                "not shown", what="key form", team_id=linker.workspace.team_id, code=error.code
            )

    async def try_key(ack: AsyncAck, body: dict[str, object]) -> None:
        payload = KeyFormPayload.model_validate(body)
        linker = Linker(payload.workspace, payload.user.id)
        trial = services.link.by_key(linker, payload.api_key.strip(), seconds=MODAL_SECONDS)
        linked: Linked = await _in_time(trial, LinkProblem.PARALLEL_AWAY)
        if isinstance(linked, ParallelAccount):
            needs_secret = services.has_webhooks and not linked.webhook_secrets
            view = key_kept_modal(linked.last_four, needs_secret=needs_secret)
            await ack(response_action="update", view=dict(view))
            return
        await ack(response_action="errors", errors={KEY_BLOCK: in_modal(linked)})

    app.action(PASTE_KEY)(open_form)
    app.view(KEY_FORM)(try_key)


async def _in_time(work: Awaitable[_T], late: _T) -> _T:
    """What it came to, or `late` when Slack can wait no longer."""
    try:
        return await asyncio.wait_for(work, _ANSWER_SECONDS)
    except TimeoutError:
        return late
