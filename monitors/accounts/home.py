"""The App Home: whose account is linked and how it is, the person's monitors, admins' settings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from monitors.accounts.store import SqlAccounts
from monitors.blocks.home import home_view
from monitors.model.account import AccountHealth, AccountProblem
from monitors.model.app_home import AppHome, Spend
from monitors.model.listing import CANNOT_POST, ON_HOLD, WATCHING, HomeLook, Listed
from monitors.model.message import Block
from monitors.model.monitor import Monitor
from monitors.model.parallel_errors import ParallelError
from monitors.model.price import usd_per_month
from monitors.model.slack_errors import SlackPostError
from monitors.model.view_requests import HomeRequest
from monitors.model.words import for_search
from monitors.model.workspace import Workspace
from monitors.texts import problem_texts
from monitors.watching import listing
from monitors.watching.parts import Parts
from monitors.watching.threadless import threadless

# Of a person's monitors at a time: with all the rest, the tab stays below Slack's 100 blocks.
PAGE: Final = 10
# Of channels and people by what they cost, more than these nobody reads; the rest is one sum.
_NAMED: Final = 5


async def home_of(
    parts: Parts, accounts: SqlAccounts, request: HomeRequest, *, has_webhooks: bool
) -> Block:
    """Raises SlackPostError."""
    workspace, user_id = request.workspace, request.user_id
    health = await accounts.health(workspace)
    is_admin = await _is_admin(parts, workspace, user_id)
    admin_id = health.linked_by if health and health.linked_by else None
    disconnected = await accounts.disconnected(workspace)
    home = AppHome(
        health=health,
        monitors=None,
        look=request.look,
        said=request.said,
        trouble=_trouble(health, health and health.problem),
        disconnecting=tuple(each.last_four for each in disconnected),
        is_admin=is_admin,
        admin_id=admin_id or await parts.installations.installer(workspace),
        has_webhooks=has_webhooks,
        rules=(await parts.rules.of(workspace)).rules,
    )
    try:
        if is_admin:
            home = replace(home, threadless=await threadless(parts, workspace))
        monitors = await listing.monitors_of(parts, workspace)
    except ParallelError as error:
        trouble = _trouble(health, error.account_problem)
        why = trouble or problem_texts.explain_parallel(error, prefix=parts.prefix)
        home = replace(home, trouble=why)
    else:
        if monitors is not None:
            home = await _with_monitors(parts, home, request, monitors)
    return home_view(parts.prefix, home, parts.links)


async def _with_monitors(
    parts: Parts, home: AppHome, request: HomeRequest, monitors: Sequence[Monitor]
) -> AppHome:
    """The person's own, and what all of them cost; channels are named to their members."""
    workspace, user_id = request.workspace, request.user_id
    seen, own, is_partial = frozenset[str](), list[Monitor](), False
    try:
        seen = await parts.people.joined(workspace, user_id)
        mine = listing.own_of(monitors, user_id)
        own = await listing.open_to(parts, workspace, mine, joined=seen)
    except SlackPostError:
        is_partial = True
    cannot_post = await parts.monitors.suspended(workspace)
    found = [Listed(each) for each in own if _fits(each, request.look, cannot_post)]
    page = await listing.paged(parts, workspace, found, at=request.look.at, size=PAGE)
    return replace(
        home,
        monitors=replace(page, is_partial=is_partial),
        own=len(own),
        spend=spend_of(monitors, seen=seen) if monitors else None,
    )


def _trouble(health: AccountHealth | None, problem: AccountProblem | None) -> str | None:
    if health is None or problem is None:
        return None
    return problem_texts.account_suspended(problem, is_operators=health.is_operators)


async def _is_admin(parts: Parts, workspace: Workspace, user_id: str) -> bool | None:
    try:
        return (await parts.people.person(workspace, user_id)).is_admin
    except SlackPostError:
        return None


def _fits(monitor: Monitor, look: HomeLook, cannot_post: frozenset[str]) -> bool:
    """Whether its query has every word that is searched for, and it is in the chosen state."""
    state = WATCHING if monitor.hold is None else ON_HOLD
    if monitor.monitor_id in cannot_post:
        state = CANNOT_POST
    query = for_search(monitor.query)
    return look.only in ("", state) and all(
        word in query for word in for_search(look.search).split()
    )


def spend_of(monitors: Sequence[Monitor], *, seen: frozenset[str]) -> Spend:
    """About what they cost a month. Only channels that are `seen` are named."""
    by_channel: dict[str, Decimal] = defaultdict(Decimal)
    by_person: dict[str, Decimal] = defaultdict(Decimal)
    total = Decimal(0)
    unknown = 0
    for monitor in monitors:
        usd = usd_per_month(monitor.frequency, monitor.processor)
        home = monitor.home
        if usd is None or home is None:
            unknown += 1
            continue
        total += usd
        channel = home.thread.channel
        by_channel[channel if channel in seen else ""] += usd
        by_person[home.user_id] += usd
    return Spend(total, _largest(by_channel), _largest(by_person), unknown)


def _largest(sums: Mapping[str, Decimal]) -> tuple[tuple[str, Decimal], ...]:
    """The largest first; all that isn't named last, under an empty name."""
    named = [(name, usd) for name, usd in sums.items() if name]
    shown = sorted(named, key=lambda each: (-each[1], each[0]))[:_NAMED]
    rest = sum(sums.values(), Decimal(0)) - sum((usd for _, usd in shown), Decimal(0))
    return (*shown, *([("", rest)] if rest else []))
