"""Modals: opened while their trigger lasts; each submission counts once."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from bot.listeners.services import ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import SubmissionPayload
from bot.slack.views import OpenedView
from monitors.blocks.notices import note_message
from monitors.model.codec import encode
from monitors.model.message import Block
from monitors.model.slack_errors import SlackPostError
from monitors.model.view_requests import HomeRequest, MonitorModalRequest
from monitors.ports import QueueDownError
from monitors.texts import problem_texts


async def open_modal(
    services: ListenerServices,
    trigger_id: str,
    actor: Actor,
    view: Block,
    *,
    response_url: str | None = None,
) -> OpenedView | None:
    """None if Slack did not show it, most likely because it was too late: the person is told."""
    opened = await try_modal(services, trigger_id, actor, view)
    if opened is not None:
        return opened
    if actor.channel is None:
        home = HomeRequest(actor.workspace, actor.person, said=problem_texts.NOT_OPENED)
        await services.queue.enqueue("show", encode(home), key=f"home:not-opened:{trigger_id}")
    else:
        note = note_message(problem_texts.NOT_OPENED)
        await services.poster.post_ephemeral(actor.workspace, actor.reply_to(response_url), note)
    return None


async def try_modal(
    services: ListenerServices, trigger_id: str, actor: Actor, view: Block
) -> OpenedView | None:
    """The same, where the caller says what else can be done."""
    try:
        return await services.views.open(actor.workspace, trigger_id, view)
    except SlackPostError as error:
        structlog.get_logger("slack").warning(
            "not shown", what="modal", team_id=actor.workspace.team_id, code=error.code
        )
        return None


async def fill_modal(
    services: ListenerServices, request: MonitorModalRequest, *, press: str = ""
) -> None:
    """Have an open modal filled; `press` tells one turn of its pages from the next."""
    key = f"modal:{request.asked.workspace.team_id}:{request.view_id}:{press}"
    await services.queue.enqueue("show", encode(request), key=key)


async def submit_once(
    services: ListenerServices,
    payload: SubmissionPayload,
    actor: Actor,
    work: Callable[[], Awaitable[Block | str]],
) -> Block | str:
    """What `work` returns: the modal to show, or why nothing was changed, which doesn't count.

    A submission that is sent again after its effect was undone changes nothing.
    """
    workspace, view_id, submissions = actor.workspace, payload.view.id, services.submissions
    try:
        if not await submissions.claim(workspace, view_id):
            return problem_texts.ALREADY_SUBMITTED
    except QueueDownError:
        return problem_texts.NOT_KEPT
    shown = await work()
    if isinstance(shown, str):
        with suppress(QueueDownError):
            await submissions.release(workspace, view_id)
    return shown
