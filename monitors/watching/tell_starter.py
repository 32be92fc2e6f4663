"""What the person who starts a monitor is told, and nobody else."""

from dataclasses import dataclass
from typing import NoReturn

from monitors.blocks.decisions import not_started_message
from monitors.blocks.notices import note_message
from monitors.delivery.creation import Finished
from monitors.model.outcome import Done
from monitors.model.requests import StartRequest
from monitors.model.slack_errors import (
    NotInChannelError,
    SlackPostError,
)
from monitors.ports import (
    People,
    ThreadPoster,
)
from monitors.texts import problem_texts


@dataclass(frozen=True, slots=True)
class TellStarter:
    poster: ThreadPoster
    people: People

    async def not_started(self, request: StartRequest, reason: str) -> NoReturn:
        await self.give_back(request, reason)
        raise Finished(Done())

    async def give_back(self, request: StartRequest, reason: str) -> None:
        """There will be no monitor: only the person is told, and given back what they typed."""
        message = not_started_message(reason, typed=request.typed)
        await self.poster.post_ephemeral(request.workspace, request.reply_to, message)

    async def tell_and_end(self, request: StartRequest, text: str) -> NoReturn:
        await self.tell(request, text)
        raise Finished(Done())

    async def tell(self, request: StartRequest, text: str) -> None:
        message = note_message(text)
        await self.poster.post_ephemeral(request.workspace, request.reply_to, message)

    async def explain(self, error: SlackPostError, request: StartRequest) -> str:
        is_direct = request.reply_to.is_direct
        if isinstance(error, NotInChannelError) and not is_direct:
            name = await self.people.bot_name(request.workspace)
            return problem_texts.explain_slack(error, bot_name=name)
        return problem_texts.explain_slack(error, is_direct=is_direct)
