"""Asks or tells a workspace's admins, by direct message, once each; one answers for all."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from monitors.blocks.notices import note_message
from monitors.model.ledger import Post
from monitors.model.message import Message
from monitors.model.outcome import Done
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import ThreadRef, Workspace
from monitors.watching import permissions
from monitors.watching.parts import Parts

MOST_ASKED: Final = 5


async def ask(
    parts: Parts,
    workspace: Workspace,
    asked: str,
    question: Message,
    *,
    at_most: int = MOST_ASKED,
) -> Sequence[str]:
    """The user ids of who was asked, or told; `asked` names it in the ledger and on its buttons.

    Raises SlackPostError, and Finished to try again.
    """
    reached: list[str] = []
    for admin in await _admins(parts, workspace, at_most=at_most):
        notice = Post.notice(asked, _name(admin), question)
        try:
            posted = await parts.posting.direct(workspace, admin, notice)
        except REFUSALS:
            continue
        if isinstance(posted, Done):
            reached.append(admin)
    return reached


async def answered(parts: Parts, workspace: Workspace, asked: str, text: str) -> None:
    """Have it stand where the question stood, for each of them. Raises SlackPostError."""
    names = [_name(admin) for admin in await _admins(parts, workspace, at_most=MOST_ASKED)]
    rows = await parts.ledger.rows(workspace, asked, names)
    note = note_message(text)
    for row in rows.values():
        if row.ts is not None:
            with suppress(*REFUSALS):
                await parts.poster.update(workspace, ThreadRef(row.channel, row.ts), note)


async def _admins(parts: Parts, workspace: Workspace, *, at_most: int) -> list[str]:
    """Who set the rules, if they still are one, then the others."""
    setter = (await parts.rules.of(workspace)).changed_by
    admins = await parts.people.admins(workspace, at_most=at_most)
    first = [setter] if setter and await permissions.is_admin(parts, workspace, setter) else []
    return [*first, *(each for each in admins if each != setter)][:at_most]


def _name(admin: str) -> str:
    return f"asked:{admin}"
