"""A person is deactivated: their monitors go to the co-owners, or admins are asked to take over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitors.blocks.decisions import inherited_message, owner_left_message
from monitors.delivery.asking import ask_refresh
from monitors.delivery.creation import Finished
from monitors.delivery.monitors import Monitors
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor, MonitorHome
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.requests import AdminAnswer, PersonRequest
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore, JobQueue, MonitorGateway
from monitors.texts import rule_texts
from monitors.watching.ask_admins import AskAdmins
from monitors.watching.listing import ListMonitors, own_of
from monitors.work.intents import request_of


@dataclass(frozen=True, slots=True)
class NewOwner:
    """Writes who owns monitors into their signed metadata. Doing it twice changes nothing."""

    list_monitors: ListMonitors
    accounts: AccountStore
    gateway: MonitorGateway
    monitors: Monitors
    queue: JobQueue
    ask_admins: AskAdmins

    async def person_left(self, intent: Intent, attempt: Attempt) -> Outcome:
        """The monitors go on meanwhile; nobody is asked about a person who has none."""
        request = request_of(intent, PersonRequest)
        workspace, left = request.workspace, request.user_id
        heirs: dict[str, list[Monitor]] = {}
        for monitor, home in await self._owned(workspace, left):
            if home.user_id != left:
                await self._hand_over(intent, monitor, home.user_id)
            else:
                heirs.setdefault(await self._heir(home), []).append(monitor)
        orphans = heirs.pop("", [])
        for heir, monitors in heirs.items():
            # Told first: an attempt that is repeated after a crash finds nothing to tell.
            told = await self._tell_heir(intent, left, heir, monitors, attempt)
            if told is not None:
                return told
            for monitor in monitors:
                await self._hand_over(intent, monitor, heir)
        if orphans:
            asked = f"{left}:{intent.intent_id}"
            question = owner_left_message(left, orphans, asked=asked)
            try:
                await self.ask_admins.ask(workspace, asked, question, attempt)
            except Finished as finished:
                return finished.outcome
        return Done()

    async def take_over(self, intent: Intent, _attempt: Attempt) -> Outcome:
        """The first admin who presses the button owns them from then on; the others see who.

        Slack said at the button that an admin pressed it.
        """
        request = request_of(intent, AdminAnswer)
        workspace, me = request.workspace, request.reply_to.user_id
        of_user_id = request.asked.partition(":")[0]
        for monitor, home in await self._owned(workspace, of_user_id):
            if home.user_id == of_user_id:
                await self._hand_over(intent, monitor, me, home.policy.co_owner)
        name = await self.ask_admins.rules.name(workspace, me)
        await self.ask_admins.answered(workspace, request.asked, rule_texts.taken_over_by(name))
        await self.ask_admins.tell(request, rule_texts.TAKEN_OVER)
        return Done()

    async def _owned(self, workspace: Workspace, user_id: str) -> list[tuple[Monitor, MonitorHome]]:
        """Those that the person owns, or co-owns. Raises ParallelError."""
        monitors = await self.list_monitors.monitors_of(workspace) or ()
        return [(each, home) for each in own_of(monitors, user_id) if (home := each.home)]

    async def _hand_over(
        self, intent: Intent, monitor: Monitor, user_id: str, co_owner: str = ""
    ) -> None:
        """Raises ParallelError."""
        workspace, home = intent.workspace, monitor.home
        account = await self.accounts.for_workspace(workspace)
        if account is None or home is None:
            return
        policy = replace(home.policy, co_owner=co_owner if co_owner != user_id else "")
        await self.gateway.update(account, monitor, replace(home, user_id=user_id, policy=policy))
        await self.monitors.will_show(workspace, monitor.monitor_id, intent.intent_id)
        await ask_refresh(self.queue, account.endpoint_id, monitor.monitor_id)

    async def _heir(self, home: MonitorHome) -> str:
        """The co-owner, unless they have left, too. Raises SlackPostError."""
        co_owner = home.policy.co_owner
        person = await self.ask_admins.rules.known(home.workspace, co_owner) if co_owner else None
        return co_owner if person is not None and person.is_member else ""

    async def _tell_heir(
        self, intent: Intent, left: str, heir: str, monitors: Sequence[Monitor], attempt: Attempt
    ) -> RetryAfter | None:
        """None once they are told, or can't be. Raises SlackPostError."""
        posting = self.ask_admins.posting
        message = inherited_message(left, monitors)
        notice = Post.notice(f"{left}:{intent.intent_id}", f"heir:{heir}", message)
        told = await posting.tell(intent.workspace, heir, notice, attempt=attempt)
        return told if isinstance(told, RetryAfter) else None
