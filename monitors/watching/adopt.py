"""Takes over a monitor that another program made on the account: it gets a card and a thread."""

from dataclasses import dataclass, replace

from monitors.delivery.address import Addressed
from monitors.delivery.cursor import from_now
from monitors.delivery.monitors import Monitors
from monitors.model.monitor import MonitorHome, MonitorStatus
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError, UnknownMonitorError
from monitors.model.slack_errors import SlackPostError
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import AccountStore, InstallationStore, MonitorGateway
from monitors.texts import thread_texts
from monitors.watching.move import MoveThread
from monitors.work.outcomes import outcome_of


@dataclass(frozen=True, slots=True)
class AdoptMonitor:
    """What it found before stays where it was; what it finds from now on comes to the thread."""

    accounts: AccountStore
    installations: InstallationStore
    gateway: MonitorGateway
    monitors: Monitors
    moving: MoveThread

    async def run(
        self,
        monitor_id: str,
        workspace: Workspace,
        *,
        channel: str,
        user_id: str,
        attempt: Attempt,
    ) -> Outcome:
        """Failed says what stands in the way. However often it is tried, there is one card."""
        account = await self.accounts.for_workspace(workspace)
        app_id = await self.installations.app_id(workspace)
        if account is None or app_id is None:
            return Failed("No Parallel account serves the workspace, or the app isn't there.")
        try:
            monitor = await self.gateway.retrieve(account, monitor_id)
            if monitor.status is not MonitorStatus.ACTIVE:
                return Failed("It is cancelled.")
            if monitor.home is not None:
                return Failed("It has a thread already.")
            # The thread that it never had names the card in the ledger.
            home = MonitorHome(ThreadRef(channel, "adopted"), workspace.team_id, app_id, user_id)
            home = replace(home, policy=replace(home.policy, enterprise_id=workspace.enterprise_id))
            named = replace(monitor, metadata={**monitor.metadata, **home.to_metadata()})
            addressed = Addressed(account, named, home, workspace)
            listed = await self.gateway.events_since(account, monitor_id, is_known=lambda _: True)
            # Kept first: nothing that is found from now on may count as found before.
            await self.monitors.put(replace(addressed.row, cursor=from_now(listed, but="")))
            outcome = await self.moving.to_channel(
                addressed, channel, said=thread_texts.ADOPTED, attempt=attempt
            )
        except UnknownMonitorError:
            return Failed("The workspace's account has no such monitor.")
        except (ParallelError, SlackPostError) as error:
            outcome = outcome_of(error)
        if not isinstance(outcome, Done | RetryAfter):
            await self.monitors.drop(workspace, monitor_id)
        return outcome
