"""What listeners are given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.blocks.help import HelpAccount
from bot.blocks.renderer import SlackRenderer
from monitors.domain.message import Block
from monitors.domain.workspace import Workspace
from monitors.services.channels import NoticeChannels
from monitors.services.intake import TakeDown
from monitors.services.leaving import NoticeLeaving
from monitors.services.ports import AccountStore

Listener = Callable[..., Awaitable[None]]
Hang = Callable[[Listener], object]


class ListenerRegistry(Protocol):
    """Bolt's AsyncApp, as far as listeners are hung into it (its own annotations are partial)."""

    def command(self, command: str) -> Hang: ...

    def action(self, constraints: str | dict[str, str]) -> Hang: ...

    def shortcut(self, constraints: dict[str, str]) -> Hang: ...

    def event(
        self, event: str, matchers: Sequence[Callable[..., Awaitable[bool]]] = ()
    ) -> Hang: ...


@dataclass(frozen=True, slots=True)
class ListenerServices:
    """What a listener may call.

    `bot_user_id` is the app's own user in a workspace.
    """

    take_down: TakeDown
    channels: NoticeChannels
    accounts: AccountStore
    renderer: SlackRenderer
    command_prefix: str
    bot_user_id: Callable[[Workspace], Awaitable[str | None]]
    leaving: NoticeLeaving
    publish_home: Callable[[Workspace, str, Block], Awaitable[None]]

    async def account_state(self, workspace: Workspace) -> HelpAccount:
        """What `/help` and the App Home say about the account link."""
        account = await self.accounts.for_workspace(workspace)
        if account is None:
            return HelpAccount()
        return HelpAccount(last_four=account.last_four, is_operators=not account.team_id)
