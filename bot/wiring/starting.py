"""What starts a monitor."""

from bot.blocks.renderer import SlackRenderer
from bot.slack.installations import Installations
from bot.slack.people import SlackPeople
from bot.slack.poster import SlackPoster
from monitors.accounts.store import SqlAccounts
from monitors.delivery.limits import RedisLimits
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_findings import PostFindings
from monitors.model.clock import Clock
from monitors.parallel.gateway import ParallelGateway
from monitors.watching.approval import AskApproval
from monitors.watching.ask_first import AskFirst
from monitors.watching.baseline import TakeBaseline
from monitors.watching.before_start import BeforeStart
from monitors.watching.first_contact import FirstContact
from monitors.watching.one_admin import OneAdmin
from monitors.watching.quota import Quota
from monitors.watching.rules import CheckRules
from monitors.watching.start import StartMonitor
from monitors.watching.tell_starter import TellStarter
from monitors.work.intent_store import SqlIntents


def wire_start(  # noqa: PLR0913 - the parts that were opened, by name
    *,
    people: SlackPeople,
    poster: SlackPoster,
    renderer: SlackRenderer,
    accounts: SqlAccounts,
    installations: Installations,
    gateway: ParallelGateway,
    monitors: Monitors,
    intents: SqlIntents,
    limits: RedisLimits,
    quota: Quota,
    check_rules: CheckRules,
    one_admin: OneAdmin,
    first_contact: FirstContact,
    findings: PostFindings,
    clock: Clock,
    prefix: str,
    poll_seconds: float,
) -> StartMonitor:
    starter = TellStarter(poster, renderer, people)
    return StartMonitor(
        accounts,
        installations,
        intents,
        gateway,
        poster,
        renderer,
        monitors,
        limits,
        BeforeStart(
            quota,
            AskFirst(gateway, monitors, renderer),
            AskApproval(check_rules, one_admin, poster, renderer),
            intents,
            poster,
            starter,
            clock,
        ),
        starter,
        first_contact,
        people,
        TakeBaseline(
            gateway,
            intents,
            poster,
            renderer,
            findings,
            prefix,
            poll_seconds,
        ),
        prefix,
    )
