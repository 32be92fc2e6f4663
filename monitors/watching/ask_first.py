"""What a person is asked before a start: was it a command, is it watched here already?"""

from dataclasses import dataclass

from monitors.blocks.decisions import question_message
from monitors.delivery.creation import StartProgress
from monitors.delivery.monitors import Monitors
from monitors.model.account import ParallelAccount
from monitors.model.codec import decode
from monitors.model.command import plain_words
from monitors.model.intent import Intent, IntentKind
from monitors.model.message import Message
from monitors.model.monitor import Monitor
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import StartRequest
from monitors.ports import MonitorGateway
from monitors.texts import start_texts
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of


@dataclass(frozen=True, slots=True)
class AskFirst:
    """Parallel knows the queries; it is asked only for channels that have monitors."""

    gateway: MonitorGateway
    monitors: Monitors
    intents: SqlIntents

    async def question(
        self, intent: Intent, request: StartRequest, account: ParallelAccount, app_id: str
    ) -> Message | None:
        """None where there is nothing to ask."""
        query, intent_id = request.spec.query, intent.intent_id
        if request.is_confirmed:
            return None
        if request.is_control_word:
            return question_message(
                start_texts.a_command_perhaps(query),
                intent_id=intent_id,
                yes=start_texts.watch_the_word(query),
            )
        frequency, home = await self._being_set_up(intent, request), None
        if frequency is None:
            known = await self._watched_here(request, account, app_id)
            if known is None:
                return None
            frequency, home = known.frequency_when_on, known.home
        return question_message(
            start_texts.watched_already(frequency),
            intent_id=intent_id,
            yes=start_texts.START_ANOTHER,
            thread=home,
        )

    async def _being_set_up(self, intent: Intent, request: StartRequest) -> str | None:
        """How often an earlier start of the same words here, still under way, is to check."""
        for other in await self.intents.open_intents(intent.workspace, IntentKind.START):
            earlier = request_of(other, StartRequest)
            if (
                (other.created_at, other.intent_id) < (intent.created_at, intent.intent_id)
                and earlier.reply_to.channel == request.reply_to.channel
                and plain_words(earlier.spec.query) == plain_words(request.spec.query)
                and decode(StartProgress, other.progress).waits_for is None
            ):
                return str(earlier.spec.frequency)
        return None

    async def _watched_here(
        self, request: StartRequest, account: ParallelAccount, app_id: str
    ) -> Monitor | None:
        """The monitor with the same words, whatever their case and the other settings.

        None also if Parallel doesn't say.
        """
        workspace, channel = request.workspace, request.reply_to.channel
        if not await self.monitors.is_any_in(workspace, channel):
            return None
        try:
            listed = await self.gateway.list_monitors(account)
        except ParallelError:
            return None
        wanted = plain_words(request.spec.query)
        for monitor in listed:
            home = monitor.home
            if (
                home is not None
                and home.is_of(workspace, app_id)
                and home.thread.channel == channel
                and plain_words(monitor.query) == wanted
            ):
                return monitor
        return None
