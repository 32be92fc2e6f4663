"""Task runs at Parallel, which has no key for a create and lists none of them."""

from collections.abc import Awaitable, Callable

from monitors.model.account import ParallelAccount
from monitors.model.parallel_errors import AnswerLostError, ParallelError
from monitors.model.task import Task
from monitors.watching.parts import Parts
from monitors.watching.tell import NotDoneError


async def start_task(
    parts: Parts,
    account: ParallelAccount,
    task: Task,
    *,
    keep_asking: Callable[[bool], Awaitable[None]],
    uncertain: str,
) -> str:
    """The run's id. A create that may have been done is never repeated: `keep_asking` saves that.

    Raises NotDoneError with `uncertain` if it may have been, and ParallelError.
    """
    await keep_asking(True)
    try:
        return await parts.gateway.start_task(account, task)
    except AnswerLostError:
        raise NotDoneError(uncertain) from None
    except ParallelError:
        await keep_asking(False)
        raise
