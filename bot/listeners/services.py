"""What listeners depend on."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.slack.installations import Installations
from bot.slack.views import SlackViews
from monitors.accounts.connect import ConnectAccount
from monitors.accounts.store import SqlAccounts
from monitors.accounts.submissions import RedisSubmissions
from monitors.model.operator_links import OperatorLinks
from monitors.ports import JobQueue, People, ThreadPoster
from monitors.watching.parts import Parts
from monitors.work.intents import SubmitIntent
from monitors.workspaces.uninstall import NoticeUninstall

Listener = Callable[..., Awaitable[None]]
Hang = Callable[[Listener], object]


class ListenerRegistry(Protocol):
    """The part of Bolt's AsyncApp that registers listeners (its own annotations are partial)."""

    def command(self, command: str | re.Pattern[str]) -> Hang: ...

    def action(self, constraints: str | dict[str, str]) -> Hang: ...

    def view(self, constraints: str) -> Hang: ...

    def shortcut(self, constraints: dict[str, str]) -> Hang: ...

    def event(
        self, event: str, matchers: Sequence[Callable[..., Awaitable[bool]]] = ()
    ) -> Hang: ...


@dataclass(frozen=True, slots=True)
class ListenerServices:
    """What a listener may call.

    Without `has_webhooks` (polling) no webhook secret is needed.
    """

    submit_intent: SubmitIntent
    parts: Parts
    accounts: SqlAccounts
    link: ConnectAccount
    submissions: RedisSubmissions
    people: People
    views: SlackViews
    queue: JobQueue
    poster: ThreadPoster
    command_prefix: str
    operator_links: OperatorLinks
    installations: Installations
    uninstall: NoticeUninstall
    has_webhooks: bool
