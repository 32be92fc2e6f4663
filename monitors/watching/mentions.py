"""Someone speaks to the app: it says how to use it, to that person alone."""

from monitors.blocks.help import how_to_message, thread_help_message
from monitors.delivery.creation import creation_in_progress
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import MentionRequest
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import ThreadRef
from monitors.watching import locate
from monitors.watching.parts import Parts
from monitors.work.intents import request_of


async def run(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    request = request_of(intent, MentionRequest)
    workspace, reply_to = request.workspace, request.reply_to
    is_monitors = await _is_in_monitors_thread(parts, request)
    if is_monitors and request.is_command:
        return Done()
    answer = thread_help_message() if is_monitors else how_to_message(parts.prefix, parts.links)
    if not reply_to.is_direct:
        await parts.poster.post_ephemeral(workspace, reply_to, answer)
        return Done()
    notice = Post.notice(intent.intent_id, "help", answer)
    try:
        posted = await parts.posting.begin(workspace, notice, channel=reply_to.channel)
    except REFUSALS:
        # The tab was closed in the meantime.
        return Done()
    return Done() if isinstance(posted, ThreadRef) else posted


async def _is_in_monitors_thread(parts: Parts, request: MentionRequest) -> bool:
    """Parallel is asked only about a command: of a cancelled monitor, no row is left."""
    workspace, reply_to = request.workspace, request.reply_to
    if reply_to.thread_ts is None:
        return False
    thread = ThreadRef(reply_to.channel, reply_to.thread_ts)
    if await parts.monitors.in_thread(workspace, thread) is not None:
        return True
    if await creation_in_progress(parts.intents, workspace, thread) is not None:
        return True
    try:
        return request.is_command and await locate.in_thread(parts, workspace, thread) is not None
    except ParallelError:
        return True
