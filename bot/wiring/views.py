"""What fills the Home tab and the modals."""

from bot.blocks.renderer import SlackRenderer
from bot.slack.installations import Installations
from bot.slack.people import SlackPeople
from bot.slack.views import SlackViews
from monitors.accounts.home import FillModal, ShowHome, ShowView
from monitors.accounts.link_tokens import RedisLinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.accounts.threadless import ThreadlessMonitors
from monitors.accounts.webhook_check import CheckWebhooks, ShowSecretTest
from monitors.delivery.monitors import Monitors
from monitors.parallel.gateway import ParallelGateway
from monitors.watching.listing import ListMonitors
from monitors.watching.locate import LocateMonitor
from monitors.watching.monitor_modals import FillMonitorModal
from monitors.watching.permissions import Permissions
from monitors.watching.rules import SqlRules
from monitors.work.intent_store import SqlIntents


def wire_views(  # noqa: PLR0913 - the parts that were opened, by name
    *,
    people: SlackPeople,
    views: SlackViews,
    renderer: SlackRenderer,
    accounts: SqlAccounts,
    installations: Installations,
    gateway: ParallelGateway,
    monitors: Monitors,
    rules: SqlRules,
    intents: SqlIntents,
    locate: LocateMonitor,
    permissions: Permissions,
    list_monitors: ListMonitors,
    check_webhooks: CheckWebhooks,
    link_tokens: RedisLinkTokens,
    public_url: str | None,
    prefix: str,
) -> ShowView:
    """One object for each view, in one job (`show`)."""
    home = ShowHome(
        accounts,
        people,
        installations,
        list_monitors,
        rules,
        monitors.suspended,
        ThreadlessMonitors(accounts, gateway).of,
        views,
        renderer,
        prefix,
        has_webhooks=public_url is not None,
    )
    return ShowView(
        home,
        FillModal(
            accounts,
            people,
            list_monitors,
            views,
            renderer,
            link_tokens,
            public_url,
        ),
        ShowSecretTest(check_webhooks, views, renderer),
        FillMonitorModal(locate, intents, gateway, permissions, people, views, renderer, prefix),
    )
