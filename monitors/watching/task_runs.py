"""Task runs at Parallel, which has no key for a create and lists none of them."""

from dataclasses import dataclass, replace
from typing import TypeVar

from monitors.delivery.creation import StartProgress
from monitors.model.account import ParallelAccount
from monitors.model.message import Uploaded
from monitors.model.parallel_errors import AnswerLostError, ParallelError
from monitors.model.task import Task
from monitors.watching.intent_attempt import IntentAttempt
from monitors.watching.tell import NotDoneError


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


RequestT = TypeVar("RequestT")
ProgressT = TypeVar("ProgressT", StartProgress, ResearchProgress)


async def start_task(
    now: IntentAttempt[RequestT, ProgressT],
    account: ParallelAccount,
    task: Task,
    *,
    uncertain: str,
) -> str:
    """The run's id. A create that may have been done is never repeated.

    Raises NotDoneError with `uncertain` in that case, and ParallelError.
    """
    before = now.progress
    if before.asking:
        raise NotDoneError(uncertain)
    await now.save(replace(before, asking=True))
    try:
        return await now.parts.gateway.start_task(account, task)
    except AnswerLostError:
        raise NotDoneError(uncertain) from None
    except ParallelError:
        await now.save(before)
        raise
