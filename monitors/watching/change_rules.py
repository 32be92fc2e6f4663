"""Changes what a workspace's admins allow, as one of them asked in the Home tab."""

from monitors.model.intent import Intent
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import RulesRequest
from monitors.watching.ask_show import ask_home
from monitors.watching.parts import Parts
from monitors.work.intents import request_of


async def change_rules(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    """Slack said at the form that an admin sent it."""
    request = request_of(intent, RulesRequest)
    workspace, by = request.workspace, request.by_user_id
    await parts.rules.put(workspace, request.rules, by_user_id=by)
    await ask_home(parts.queue, workspace, by, after=intent.intent_id)
    return Done()
