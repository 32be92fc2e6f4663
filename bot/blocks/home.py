"""The app's Home tab: the workspace's Parallel account, the person's monitors, and help."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.blocks.account import CHANGE, CONNECT, CONNECT_LABEL, PASTE, SECRET, UNLINK, button
from bot.blocks.elements import (
    DIVIDER,
    mention,
    mrkdwn,
    plain,
    plain_sections,
    section,
)
from bot.blocks.help import help_pieces, whose_account
from bot.blocks.listing import monitor_line
from bot.blocks.rich import Piece, plain_line, rich_pieces
from bot.blocks.rules import rules_section
from bot.blocks.text import counted, escape_all_but_moments
from bot.blocks.threadless import threadless_blocks
from monitors.model.account import AccountHealth
from monitors.model.app_home import AppHome
from monitors.model.local_time import local_time
from monitors.model.message import Block
from monitors.model.monitor import Monitor

NEW_MONITOR: Final = "new_monitor"
# Each takes a line or two; people still read this many, and the view stays below 100 blocks.
SHOWN_MONITORS: Final = 50

_HINTS_ONLY: Final = (
    "*No webhook secret yet.* I can't verify webhooks, so I use them only as a nudge and read "
    "every finding from Parallel myself."
)


def home_view(prefix: str, home: AppHome, *, support_url: str | None = None) -> Block:
    """A view for `views.publish`."""
    header: Block = {"type": "header", "text": plain("Threadwatch")}
    blocks = [
        header,
        *_account(home),
        *_settings(home),
        DIVIDER,
        *_monitors(home, prefix=prefix),
        *threadless_blocks(home.threadless),
        DIVIDER,
        *rules_section(home.rules, is_admin=home.is_admin is True),
        DIVIDER,
        *(piece.block for piece in help_pieces(prefix, support_url=support_url)),
    ]
    return {"type": "home", "blocks": blocks}


def _account(home: AppHome) -> Iterator[Block]:
    yield section(mrkdwn("*Parallel account*"))
    health = home.health
    if health is None:
        yield section(mrkdwn(f"*Not connected.* Monitors need a Parallel account.{_ask(home)}"))
    else:
        yield section(mrkdwn("\n".join(_state(home, health))))
    if home.trouble:
        yield from plain_sections(f"Problem: {home.trouble}")
    for last_four in home.disconnecting:
        yield from plain_sections(
            f"The account with the key …{last_four} is being disconnected. Its monitors are being "
            "cancelled, with a note in each thread; then its key is deleted."
        )


def _ask(home: AppHome) -> str:
    """Names an admin, for those who can't change it themselves."""
    if home.is_admin:
        return ""
    admin = mention(home.admin_id)
    return f" Ask an admin: {admin}." if admin else " Ask an admin of this workspace."


def _state(home: AppHome, health: AccountHealth) -> Iterator[str]:
    who = mention(health.linked_by)
    yield escape_all_but_moments(whose_account(health)) + (f" Connected by {who}." if who else "")
    call = local_time(health.last_good_call_at) if health.last_good_call_at else "none yet"
    yield f"Last successful request to Parallel: {call}"
    if not home.has_webhooks:
        yield "Webhooks: off. I check Parallel for findings instead."
    elif health.refuses_webhooks:
        yield _refused(home, health)
    elif health.has_secret:
        at = health.last_webhook_at
        yield f"Last verified webhook: {local_time(at) if at else 'none yet'}"
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
        yield from plain_sections(
            "I couldn't check with Slack whether you're an admin, so the settings are hidden. Open "
            "this tab again in a minute."
        )
    elif home.is_admin:
        yield {"type": "actions", "elements": list(_buttons(home))}
    elif home.health is not None:
        yield section(mrkdwn(f"Only admins can change these settings.{_ask(home)}"))


def _buttons(home: AppHome) -> Iterator[Block]:
    health = home.health
    if health is None or health.is_operators:
        label = CONNECT_LABEL if health is None else "Connect your own account"
        yield button(label, CONNECT, style="primary" if health is None else None)
        return
    if home.has_webhooks:
        yield button("Rotate webhook secret" if health.has_secret else "Add webhook secret", SECRET)
    yield button("Paste an API key", PASTE)
    yield button("Change account", CHANGE)
    yield button("Disconnect", UNLINK, style="danger")


def _monitors(home: AppHome, *, prefix: str) -> Iterator[Block]:
    yield section(mrkdwn("*Your monitors*"))
    if home.health is not None:
        start = button("New monitor", NEW_MONITOR, style="primary")
        yield {"type": "actions", "elements": [start]}
    if home.monitors is None:
        words = "I can't load them right now. Open this tab again in a minute."
        if home.health is None:
            words = "Connect an account first."
        yield section(plain(words))
        return
    yield from (piece.block for piece in _listed(home, home.monitors, prefix=prefix))


def _listed(home: AppHome, monitors: Sequence[Monitor], *, prefix: str) -> list[Piece]:
    if not monitors:
        lines = [
            plain_line(
                "You have no monitors yet. In any channel, type: "
                f"/{prefix}monitor latest AI research papers"
            )
        ]
        return rich_pieces(lines)
    lines = [monitor_line(each, state=_doing(home, each)) for each in monitors[:SHOWN_MONITORS]]
    more = len(monitors) - SHOWN_MONITORS
    if more > 0:
        lines.append(
            plain_line(
                f"… and {counted(more, 'more monitor')}. To see a channel's monitors, type "
                f"/{prefix}monitor list there."
            )
        )
    return rich_pieces(lines)


def _doing(home: AppHome, monitor: Monitor) -> str:
    """What a monitor does at the moment; its line says itself that it is paused."""
    if home.health and home.health.problem:
        return "on hold"
    if monitor.hold is not None:
        return ""
    return "can't post in its channel" if monitor.monitor_id in home.cannot_post else "watching"
