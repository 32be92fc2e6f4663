"""What listeners are given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.blocks.renderer import SlackRenderer
from monitors.accounts.connect import LinkAccount
from monitors.accounts.disconnect import LeftAccounts
from monitors.accounts.home import AccountHealthStore, People
from monitors.model.account import ParallelAccount
from monitors.model.message import Block
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore, JobQueue
from monitors.watching.channels import NoticeChannels
from monitors.work.submit import TakeDown
from monitors.workspaces.uninstall import NoticeLeaving

Listener = Callable[..., Awaitable[None]]
Hang = Callable[[Listener], object]


class ListenerRegistry(Protocol):
    """Bolt's AsyncApp, as far as listeners are hung into it (its own annotations are partial)."""

    def command(self, command: str) -> Hang: ...

    def action(self, constraints: str | dict[str, str]) -> Hang: ...

    def view(self, constraints: str) -> Hang: ...

    def shortcut(self, constraints: dict[str, str]) -> Hang: ...

    def event(
        self, event: str, matchers: Sequence[Callable[..., Awaitable[bool]]] = ()
    ) -> Hang: ...


class OwnAccounts(AccountStore, AccountHealthStore, Protocol):
    """Whose account serves a workspace, how it is doing, and its webhook secrets."""

    async def add_secret(self, workspace: Workspace, secret: str) -> ParallelAccount | None:
        """Make it the newest secret of the workspace's own account; None when it has none."""
        ...


class Modals(Protocol):
    async def open(self, workspace: Workspace, trigger_id: str, view: Block) -> str:
        """The modal's id. Raises SlackPostError."""
        ...

    async def push(self, workspace: Workspace, trigger_id: str, view: Block) -> str:
        """Likewise, on top of the modal that is open."""
        ...


@dataclass(frozen=True, slots=True)
class ListenerServices:
    """What a listener may call.

    `bot_user_id` is the app's own user in a workspace. Without `has_webhooks` (polling) no webhook
    secret is needed.
    """

    take_down: TakeDown
    channels: NoticeChannels
    accounts: OwnAccounts
    link: LinkAccount
    left: LeftAccounts
    people: People
    views: Modals
    queue: JobQueue
    renderer: SlackRenderer
    command_prefix: str
    app_id: Callable[[Workspace], Awaitable[str | None]]
    bot_user_id: Callable[[Workspace], Awaitable[str | None]]
    leaving: NoticeLeaving
    has_webhooks: bool
