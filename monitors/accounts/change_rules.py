"""Changes what a workspace's admins allow, as one of them asked in the Home tab."""

from dataclasses import dataclass

from monitors.accounts.home import ask_home
from monitors.model.intent import Intent
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import RulesRequest
from monitors.ports import JobQueue
from monitors.watching.rules import SqlRules
from monitors.work.intents import request_of


@dataclass(frozen=True, slots=True)
class ChangeRules:
    rules: SqlRules
    queue: JobQueue

    async def run(self, intent: Intent, _attempt: Attempt) -> Outcome:
        """Slack said at the form that an admin sent it."""
        request = request_of(intent, RulesRequest)
        workspace, by = request.workspace, request.by_user_id
        await self.rules.put(workspace, request.rules, by_user_id=by)
        await ask_home(self.queue, workspace, by, after=intent.intent_id)
        return Done()
