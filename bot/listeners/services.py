"""What listeners are given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.blocks.help import HelpAccount
from bot.blocks.renderer import SlackRenderer
from monitors.domain.workspace import Workspace
from monitors.services.intake import TakeDown
from monitors.services.ports import AccountStore


@dataclass(frozen=True, slots=True)
class ListenerServices:
    """`forget` deletes the installation of a workspace that uninstalled before a moment;
    `bot_user_id` is the app's own user in a workspace."""

    take_down: TakeDown
    accounts: AccountStore
    renderer: SlackRenderer
    command_prefix: str
    bot_user_id: Callable[[Workspace], Awaitable[str | None]]
    forget: Callable[[Workspace, datetime], Awaitable[None]]

    async def account_state(self, workspace: Workspace) -> HelpAccount:
        """What `/help` and the App Home say about the account link."""
        account = await self.accounts.for_workspace(workspace)
        if account is None:
            return HelpAccount()
        return HelpAccount(last_four=account.last_four, is_operators=not account.team_id)
