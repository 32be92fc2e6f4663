"""Modals: opened while their trigger lasts; each submission counts once."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from bot.listeners.services import ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import SubmissionPayload
from monitors.model.message import Block
from monitors.model.slack_errors import SlackPostError
from monitors.ports import QueueDownError
from monitors.texts import problem_texts


async def open_modal(
    services: ListenerServices, trigger_id: str, actor: Actor, view: Block
) -> str | None:
    """The modal's id; None if Slack did not show it: the button can be pressed again."""
    try:
        return await services.views.open(actor.workspace, trigger_id, view)
    except SlackPostError as error:
        structlog.get_logger("slack").warning(
            "not shown", what="modal", team_id=actor.workspace.team_id, code=error.code
        )
        return None


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
