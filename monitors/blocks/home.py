"""The app's Home tab: the person's monitors, what all cost, the account, settings, and help."""

from collections.abc import Iterator
from typing import Final

from monitors.blocks import kit
from monitors.blocks.account import CHANGE, PASTE, SECRET, UNLINK
from monitors.blocks.help import WEBHOOKS_OFF, help_pieces, whose_account
from monitors.blocks.listing import monitor_pieces, page_blocks
from monitors.blocks.notices import CONNECT, CONNECT_LABEL
from monitors.blocks.rules import rules_section
from monitors.blocks.text import escape_all_but_moments
from monitors.blocks.threadless import threadless_blocks
from monitors.model.account import AccountHealth
from monitors.model.app_home import AppHome, Spend
from monitors.model.codec import decode, encode
from monitors.model.listing import CANNOT_POST, NO_LOOK, ON_HOLD, WATCHING, HomeLook, MonitorPage
from monitors.model.local_time import local_time
from monitors.model.message import Block
from monitors.model.operator_links import OperatorLinks
from monitors.model.price import dollars
from monitors.model.words import counted
from monitors.texts import list_texts

NEW_MONITOR: Final = "new_monitor"
HOME_PAGES: Final = ("home_newer", "home_older")
SEARCH: Final = "home_search"
FILTER: Final = "home_filter"
ALL: Final = "all"

_STATES: Final = {
    ALL: "All",
    WATCHING: "Watching",
    ON_HOLD: "Paused or snoozed",
    CANNOT_POST: "Can't post",
}
_SEARCH_CHARACTERS: Final = 100

_HINTS_ONLY: Final = (
    "*No webhook secret yet.* I can't verify webhooks, so I use them only as a nudge and read "
    "every finding from Parallel myself."
)


def home_view(prefix: str, home: AppHome, links: OperatorLinks) -> Block:
    """A view for `views.publish`."""
    header: Block = {"type": "header", "text": kit.plain("Threadwatch")}
    blocks = [
        header,
        *kit.plain_context([home.said]),
        *(kit.plain_sections(f"Problem: {home.trouble}") if home.trouble else []),
        *_monitors(home, prefix=prefix),
        *([kit.DIVIDER, *_spend(home.spend)] if home.spend else []),
        kit.DIVIDER,
        *_account(home),
        *_settings(home),
        *threadless_blocks(home.threadless),
        kit.DIVIDER,
        *rules_section(home.rules, is_admin=home.is_admin is True),
        kit.DIVIDER,
        *(piece.block for piece in help_pieces(prefix, links)),
    ]
    return {"type": "home", "blocks": blocks, "private_metadata": encode(home.look)}


def _account(home: AppHome) -> Iterator[Block]:
    yield kit.own_section("*Parallel account*")
    health = home.health
    if health is None:
        yield kit.own_section(f"*Not connected.* Monitors need a Parallel account.{_ask(home)}")
    else:
        yield kit.own_section(_between(home, health).join(_state(home, health)))
    for last_four in home.disconnecting:
        yield from kit.plain_sections(
            f"The account with the key …{last_four} is being disconnected. Its monitors are being "
            "cancelled, with a note in each thread; then its key is deleted."
        )


def _between(home: AppHome, health: AccountHealth) -> str:
    """One line if all is well."""
    is_checked = health.has_secret or not home.has_webhooks
    is_well = is_checked and health.webhooks_refused_at is None and not health.old_secrets_until
    return " " if is_well else "\n"


def _ask(home: AppHome) -> str:
    """Names an admin, for those who can't change it themselves."""
    if home.is_admin:
        return ""
    admin = kit.mention(home.admin_id)
    return f" Ask an admin: {admin}." if admin else " Ask an admin of this workspace."


def _state(home: AppHome, health: AccountHealth) -> Iterator[str]:
    who = kit.mention(health.linked_by)
    yield escape_all_but_moments(whose_account(health)) + (f" Connected by {who}." if who else "")
    call = local_time(health.last_good_call_at) if health.last_good_call_at else "none yet"
    yield f"Last successful request to Parallel: {call}."
    if not home.has_webhooks:
        yield WEBHOOKS_OFF
    elif health.refuses_webhooks:
        yield _refused(home, health)
    elif health.has_secret:
        at = health.last_webhook_at
        yield f"Last verified webhook: {local_time(at) if at else 'none yet'}."
        if health.webhooks_refused_at is not None:
            since = local_time(health.webhooks_refused_at)
            yield f"Webhooks match the webhook secret again. They didn't from {since}."
    else:
        yield _HINTS_ONLY
    if health.old_secrets_until is not None:
        until = local_time(health.old_secrets_until)
        yield f"The previous webhook secret works until {until}."


def _refused(home: AppHome, health: AccountHealth) -> str:
    since = local_time(health.webhooks_refused_at) if health.webhooks_refused_at else ""
    happened = (
        f"*Webhooks don't match the webhook secret* since {since}, so findings arrive late. "
        "Nothing is lost: I also check Parallel from time to time."
    )
    if health.is_operators:
        return f"{happened} Please tell the person who runs this app."
    if not home.is_admin:
        return f"{happened}{_ask(home)}"
    return (
        f"{happened} Copy the secret again from platform.parallel.ai, Settings, Webhooks, then "
        "choose *Rotate webhook secret* below."
    )


def _settings(home: AppHome) -> Iterator[Block]:
    """Buttons for admins; each press is checked again."""
    if home.is_admin is None:
        yield from kit.plain_sections(
            "I couldn't check with Slack whether you're an admin, so the settings are hidden. Open "
            "this tab again in a minute."
        )
    elif home.is_admin:
        yield from kit.actions(*_buttons(home))
    elif home.health is not None:
        yield kit.own_section(f"Only admins can change these settings.{_ask(home)}")


def _buttons(home: AppHome) -> Iterator[Block]:
    health = home.health
    if health is None or health.is_operators:
        label = CONNECT_LABEL if health is None else "Connect your own account"
        yield kit.button(label, CONNECT, style="primary" if health is None else "")
        return
    if home.has_webhooks:
        yield kit.button(
            "Rotate webhook secret" if health.has_secret else "Add webhook secret", SECRET
        )
    yield kit.button("Paste an API key", PASTE)
    yield kit.button("Change account", CHANGE)
    yield kit.button("Disconnect", UNLINK, style="danger")


def _monitors(home: AppHome, *, prefix: str) -> Iterator[Block]:
    yield kit.own_section("*Your monitors*")
    is_searched = home.own > 1 or home.look != NO_LOOK
    if home.health is not None:
        start = kit.button("New monitor", NEW_MONITOR, style="primary")
        filters = [_filter(home.look)] if is_searched else []
        yield from ({**row, "block_id": FILTER} for row in kit.actions(start, *filters))
    if home.monitors is None:
        words = "I can't load them right now. Open this tab again in a minute."
        if home.health is None:
            words = "Connect an account first."
        yield kit.section(kit.plain(words))
        return
    if is_searched:
        yield _search(home.look)
    yield from _listed(home, home.monitors, prefix=prefix)


def _search(look: HomeLook) -> Block:
    example = "Words of the query, then Enter"
    words = kit.typed(look.search, longest=_SEARCH_CHARACTERS, example=example)
    return {
        **kit.field(SEARCH, "Search your monitors", words, optional=True),
        "dispatch_action": True,
    }


def _filter(look: HomeLook) -> Block:
    states = kit.menu(_STATES, look.only if look.only in _STATES else ALL)
    return {**states, "action_id": FILTER, "placeholder": kit.plain("Which ones")}


def _listed(home: AppHome, page: MonitorPage, *, prefix: str) -> Iterator[Block]:
    if page.is_partial:
        yield kit.section(kit.plain(list_texts.CHANNELS_UNKNOWN))
    elif not page.total:
        none = (
            "You have no monitors yet. In any channel, type: "
            f"/{prefix}monitor latest AI research papers"
        )
        yield kit.section(kit.plain(list_texts.NOTHING_LIKE_IT if home.own else none))
    state = "on hold" if home.health and home.health.problem else ""
    for listed in page.entries:
        pieces = monitor_pieces(listed, at=page.at, state=state, with_channel=True)
        yield from (piece.block for piece in pieces)
    yield from page_blocks(page, HOME_PAGES)


def look_of(metadata: str) -> HomeLook:
    """What the tab was drawn for."""
    try:
        return decode(HomeLook, metadata)
    except ValueError:
        return NO_LOOK


def _spend(spend: Spend) -> Iterator[Block]:
    """An estimate: what Parallel charges is on its own pages."""
    yield kit.own_section(f"*About {dollars(spend.total)} a month in this workspace*")
    channels = [
        f"{kit.channel_name(name, 'other channels')} {dollars(usd)}"
        for name, usd in spend.by_channel
    ]
    people = [f"{kit.mention(name) or 'others'} {dollars(usd)}" for name, usd in spend.by_person]
    lines = [f"By channel: {' · '.join(channels)}"] if channels else []
    lines += [f"By person: {' · '.join(people)}"] if people else []
    if spend.unknown:
        lines.append(f"Without {counted(spend.unknown, 'monitor')} whose price I don't know.")
    if lines:
        yield kit.context(kit.mrkdwn("\n".join(lines)))
