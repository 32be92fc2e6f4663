"""Runs what people asked for: one attempt at a time per intent, each kind by its service."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from structlog.contextvars import bind_contextvars

from monitors.model.codec import decode
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter
from monitors.model.workspace import Workspace
from monitors.ports import IntentHolds, IntentStore

IntentHandler = Callable[[Intent, Attempt], Awaitable[Outcome]]

HELD_SECONDS: Final = 5.0


class Asked(Protocol):
    """What an intent asks for. It is bound to a workspace."""

    @property
    def workspace(self) -> Workspace: ...


AskedT = TypeVar("AskedT", bound=Asked)


class ForeignRequestError(ValueError):
    """An intent of one workspace asks for something in another."""


def request_of(intent: Intent, kind: type[AskedT]) -> AskedT:
    """What the intent asks for, in its own workspace and no other.

    Raises:
        ValueError: it is of another shape, or ForeignRequestError.
    """
    request = decode(kind, intent.argument)
    if request.workspace != intent.workspace:
        raise ForeignRequestError(f"an intent of {intent.workspace.team_id} reaches beyond it")
    return request


@dataclass(frozen=True, slots=True)
class RunIntents:
    intents: IntentStore
    holds: IntentHolds
    handlers: Mapping[IntentKind, IntentHandler]

    async def run(self, intent_id: str, *, attempt: Attempt) -> Outcome:
        """Done, too, when it was finished before."""
        if not await self.holds.hold(intent_id):
            if await self.intents.get(intent_id) is None:
                return Done()
            return RetryAfter("another attempt has it", HELD_SECONDS)
        intent = await self.intents.get(intent_id)
        if intent is None:
            return Done()
        bind_contextvars(team_id=intent.workspace.team_id, intent=intent.kind.value)
        handler = self.handlers.get(intent.kind)
        if handler is None:
            return Failed(f"nothing does {intent.kind.value}")
        try:
            outcome = await handler(intent, attempt)
        except ForeignRequestError as error:
            await self.intents.finish(intent_id)
            return Failed(str(error))
        if isinstance(outcome, RetryAfter):
            await self.holds.let_go(intent_id)
        return outcome
