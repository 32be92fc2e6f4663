"""Task runs at Parallel, which has no key for a create and lists none of them."""

from dataclasses import dataclass, replace
from typing import TypeVar

from monitors.delivery.creation import StartProgress, save_step
from monitors.model.account import ParallelAccount
from monitors.model.intent import Intent
from monitors.model.message import Uploaded
from monitors.model.parallel_errors import AnswerLostError, ParallelError
from monitors.model.task import Task
from monitors.ports import MonitorGateway
from monitors.watching.tell import NotDoneError
from monitors.work.intent_store import SqlIntents


@dataclass(frozen=True, slots=True)
class ResearchProgress:
    """The saved steps: `asking` before Parallel is called, `run_id` once it has answered.

    `uploaded`: the answer, where it is long.
    """

    monitor_id: str = ""
    by: str = ""
    asking: bool = False
    run_id: str = ""
    uploaded: Uploaded | None = None


P = TypeVar("P", StartProgress, ResearchProgress)


@dataclass(frozen=True, slots=True)
class TaskRuns:
    gateway: MonitorGateway
    intents: SqlIntents

    async def start(
        self, intent: Intent, progress: P, account: ParallelAccount, task: Task, *, uncertain: str
    ) -> str:
        """The run's id. A create that may have been done is never repeated.

        Raises NotDoneError with `uncertain` in that case, and ParallelError.
        """
        if progress.asking:
            raise NotDoneError(uncertain)
        await save_step(self.intents, intent, replace(progress, asking=True))
        try:
            return await self.gateway.start_task(account, task)
        except AnswerLostError:
            raise NotDoneError(uncertain) from None
        except ParallelError:
            await save_step(self.intents, intent, progress)
            raise
