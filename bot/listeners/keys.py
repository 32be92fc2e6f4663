"""Pasting an API key into a modal: for admins only; tested before it is stored, never queued."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from bot.listeners.interactions import Press, Submission, refusal
from monitors.accounts.connect import MODAL_SECONDS, Answer, ConnectError
from monitors.blocks.account import KEY_BLOCK, confirm_modal, key_kept_modal, key_modal
from monitors.blocks.notices import notice_modal
from monitors.model.linking import Confirmation, LinkRequest
from monitors.model.message import Block
from monitors.ports import QueueDownError
from monitors.texts import connect_texts
from monitors.texts.connect_texts import ProblemWords

# Slack waits three seconds for an answer, network time included.
_ANSWER_SECONDS: Final = 2.4

_T = TypeVar("_T")


async def show_key_form(press: Press) -> None:
    link_request, view = LinkRequest(press.workspace, press.actor.person), key_modal()
    try:
        await _in_time(press.services.link.admin(link_request), connect_texts.SLACK_AWAY)
    except ConnectError as error:
        view = notice_modal(error.words.in_modal)
    await press.open(view)


async def try_key(form: Submission) -> Block:
    link_request = LinkRequest(form.workspace, form.actor.person)
    api_key = form.view.one(KEY_BLOCK).strip()
    trial = form.services.link.by_key(link_request, api_key, seconds=MODAL_SECONDS)
    return await _connected(form, trial)


async def confirm(form: Submission) -> Block:
    """The token counts once, so the view's id doesn't matter: it is the form's of the key."""
    link_request = LinkRequest(form.workspace, form.actor.person)
    token = form.view.private_metadata
    trial = form.services.link.confirmed(link_request, token, seconds=MODAL_SECONDS)
    return await _connected(form, trial)


async def _connected(form: Submission, trial: Awaitable[Answer]) -> Block:
    """The modal to show next."""
    try:
        linked = await _in_time(trial, connect_texts.PARALLEL_AWAY)
    except ConnectError as error:
        raise refusal(error.words.in_modal) from None
    except QueueDownError:
        raise refusal(connect_texts.UNAVAILABLE.in_modal) from None
    if isinstance(linked, Confirmation):
        return confirm_modal(linked)
    await form.redraw_home()
    needs_secret = form.services.has_webhooks and not linked.webhook_secrets
    return key_kept_modal(linked.last_four, needs_secret=needs_secret)


async def _in_time(work: Awaitable[_T], late: ProblemWords) -> _T:
    """Raises a ConnectError with `late` if it takes longer than Slack waits."""
    try:
        return await asyncio.wait_for(work, _ANSWER_SECONDS)
    except TimeoutError as error:
        raise ConnectError(late) from error
