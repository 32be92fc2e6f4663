"""A modal's submission counts once: sent again after its effect was undone, it changes nothing."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.listeners.services import ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import SubmissionPayload
from monitors import texts
from monitors.model.message import Block
from monitors.ports import QueueDownError


async def submit_once(
    services: ListenerServices,
    payload: SubmissionPayload,
    actor: Actor,
    work: Callable[[], Awaitable[Block | str]],
) -> Block | str:
    """What `work` returns: the modal to show, or why nothing was changed, which doesn't count."""
    workspace, view_id, submissions = actor.workspace, payload.view.id, services.submissions
    try:
        if not await submissions.claim(workspace, view_id):
            return texts.ALREADY_SUBMITTED
    except QueueDownError:
        return texts.NOT_KEPT
    shown = await work()
    if isinstance(shown, str):
        with suppress(QueueDownError):
            await submissions.release(workspace, view_id)
    return shown
