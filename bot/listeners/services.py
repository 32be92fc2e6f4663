"""What listeners are given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

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
