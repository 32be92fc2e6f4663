"""Posts an answer in its thread: in a few messages, or its beginning and the whole as a file."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from monitors.blocks.files import answer_file
from monitors.delivery.address import Addressed
from monitors.delivery.post_findings import PostFindings
from monitors.delivery.post_once import Place
from monitors.delivery.share_file import ShareFile
from monitors.model.event import EventGroup, characters_of
from monitors.model.message import Uploaded
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.slack_errors import REFUSALS
from monitors.texts import file_texts

# Two messages.
MOST_IN_MESSAGES: Final = 8000


@dataclass(frozen=True, slots=True)
class PostAnswer:
    findings: PostFindings
    sharing: ShareFile

    async def post(
        self,
        addressed: Addressed,
        group: EventGroup,
        *,
        attempt: Attempt,
        uploaded: Uploaded | None,
        keep: Callable[[Uploaded], Awaitable[None]],
    ) -> Outcome:
        """Where Slack takes no file, the rest is posted in messages, so nothing is missing.

        `uploaded` is what an earlier attempt kept.
        """
        if sum(map(characters_of, group.events)) <= MOST_IN_MESSAGES:
            return await self.findings.post(addressed, group, attempt=attempt)
        workspace = addressed.workspace
        try:
            if uploaded is None:
                file = answer_file(group)
                uploaded = await self.sharing.upload(workspace, file, text=file_texts.WHOLE_ANSWER)
                await keep(uploaded)
            beginning = replace(group, is_begun=True)
            begun = await self.findings.post(addressed, beginning, attempt=attempt)
            if not isinstance(begun, Done):
                return begun
            if await self.sharing.share(workspace, uploaded, Place.of(addressed.home.thread)):
                return begun
        except REFUSALS as error:
            structlog.get_logger("research").warning("file not shared", code=error.code)
        return await self.findings.post(addressed, group, attempt=attempt)
