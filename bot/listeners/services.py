"""What listeners depend on."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.slack.installations import Installations
from bot.slack.views import SlackViews
from monitors.accounts.connect import ConnectAccount
from monitors.accounts.store import SqlAccounts
from monitors.accounts.submissions import RedisSubmissions
from monitors.watching.parts import Parts
from monitors.workspaces.uninstall import NoticeUninstall

Listener = Callable[..., Awaitable[None]]
Hang = Callable[[Listener], object]


class ListenerRegistry(Protocol):
    """The part of Bolt's AsyncApp that registers listeners (its own annotations are partial)."""

    def command(self, command: str | re.Pattern[str]) -> Hang: ...

    def action(self, constraints: str | dict[str, str]) -> Hang: ...

    def view(self, constraints: str) -> Hang: ...

    def shortcut(self, constraints: dict[str, str]) -> Hang: ...

    def event(self, event: str) -> Hang: ...


@dataclass(frozen=True, slots=True)
class ListenerServices:
    """What a listener may call.

    Without `has_webhooks` (polling) no webhook secret is needed.
    """

    parts: Parts
    accounts: SqlAccounts
    link: ConnectAccount
    submissions: RedisSubmissions
    views: SlackViews
    installations: Installations
    uninstall: NoticeUninstall
    has_webhooks: bool
