"""Monitors on a workspace's own account that no thread shows: another program made them.

Admins see them in the Home tab, and give each a card and a thread there, or cancel it. Of the
operator's account nothing is shown: its monitors may be anybody's.
"""

from collections.abc import Sequence
from dataclasses import replace

from monitors.blocks.notices import note_message
from monitors.delivery.address import Addressed
from monitors.delivery.cursor import from_now
from monitors.model.intent import Intent, IntentKind
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError, UnfinishedError, UnknownMonitorError
from monitors.model.requests import ThreadlessRequest
from monitors.model.slack_errors import SlackPostError
from monitors.model.workspace import ThreadRef, Workspace
from monitors.texts import contact_texts, problem_texts, rule_texts, thread_texts
from monitors.watching import move
from monitors.watching.ask_show import ask_home
from monitors.watching.parts import Parts
from monitors.work.intents import request_of
from monitors.work.outcomes import Finished, outcome_of


async def threadless(parts: Parts, workspace: Workspace) -> Sequence[Monitor]:
    """The active ones. Raises ParallelError."""
    account = await parts.accounts.own(workspace)
    listed = await parts.gateway.list_monitors(account) if account else ()
    return [each for each in listed if each.home is None]


async def run(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    """What an admin chose; the Home tab shows what came of it, a direct message what didn't."""
    request = request_of(intent, ThreadlessRequest)
    workspace, user_id = request.workspace, request.user_id
    try:
        outcome = await _change(parts, intent.kind, request)
    except ParallelError as error:
        outcome = outcome_of(error)
        if not isinstance(outcome, RetryAfter):
            outcome = Failed(problem_texts.explain_parallel(error))
    if isinstance(outcome, RetryAfter):
        return outcome
    await ask_home(parts.queue, workspace, user_id, after=intent.intent_id)
    if isinstance(outcome, Done):
        return outcome
    note = note_message(contact_texts.not_changed(outcome.reason))
    notice = Post.notice(intent.intent_id, "not done", note)
    await parts.posting.tell(workspace, user_id, notice)
    return Done()


async def _change(parts: Parts, kind: IntentKind, request: ThreadlessRequest) -> Outcome:
    """Nothing is left to do for one that has a thread by now, or is cancelled."""
    account, monitor_id = await parts.accounts.own(request.workspace), request.monitor_id
    listed = await threadless(parts, request.workspace)
    if account is None or all(each.monitor_id != monitor_id for each in listed):
        return Done()
    if kind is IntentKind.CANCEL_THREADLESS:
        await parts.gateway.cancel(account, monitor_id)
        return Done()
    if not (await parts.rules.of(request.workspace)).rules.allow(request.channel):
        return Failed(rule_texts.NOT_IN_THAT_CHANNEL)
    return await adopt(parts, request)


async def adopt(parts: Parts, request: ThreadlessRequest) -> Outcome:
    """Give it a card and a thread, to which comes what it finds from now on.

    Failed says what stands in the way. However often it is tried, there is one card.
    """
    workspace, monitor_id, channel = request.workspace, request.monitor_id, request.channel
    account = await parts.accounts.for_workspace(workspace)
    app_id = await parts.installations.app_id(workspace)
    if account is None or app_id is None:
        return Failed("No Parallel account serves the workspace, or the app isn't there.")
    try:
        monitor = await parts.gateway.retrieve(account, monitor_id)
        if monitor.status is not MonitorStatus.ACTIVE:
            return Failed("It is cancelled.")
        if monitor.home is not None:
            return Failed("It has a thread already.")
        # The thread that it never had names the card in the ledger.
        thread = ThreadRef(channel, "adopted")
        home = MonitorHome(thread, workspace.team_id, app_id, request.user_id)
        home = replace(home, policy=replace(home.policy, enterprise_id=workspace.enterprise_id))
        named = replace(monitor, metadata={**monitor.metadata, **home.to_metadata()})
        addressed = Addressed(account, named, home, workspace)
        listed = await parts.gateway.events_since(account, monitor_id, is_known=lambda _: True)
        # Kept first: nothing that is found from now on may count as found before.
        await parts.monitors.put(replace(addressed.row, cursor=from_now(listed, but="")))
        outcome = await move.to_channel(parts, addressed, channel, said=thread_texts.ADOPTED)
    except Finished as finished:
        return finished.outcome
    except (ParallelError, SlackPostError) as error:
        outcome = _stopped(error)
    if not isinstance(outcome, Done | RetryAfter):
        await parts.monitors.drop(workspace, monitor_id)
    return outcome


def _stopped(error: ParallelError | SlackPostError) -> Outcome:
    match error:
        case UnknownMonitorError():
            return Failed("The workspace's account has no such monitor.")
        case UnfinishedError():
            return Failed("Its creation was never finished. Cancel it, and run the command again.")
        case _:
            return outcome_of(error)
