"""The app's Home tab: whose account pays and how it is, the person's monitors, how to begin."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.blocks.account import CHANGE, CONNECT, PASTE, SECRET, UNLINK, button
from bot.blocks.elements import (
    DIVIDER,
    local_time,
    mention,
    mrkdwn,
    plain,
    plain_sections,
    section,
)
from bot.blocks.help import help_pieces, whose_account
from bot.blocks.listing import monitor_line
from bot.blocks.rich import Piece, plain_line, rich_pieces
from bot.blocks.text import counted, escape
from monitors.model.account import AccountHealth
from monitors.model.app_home import AppHome
from monitors.model.message import Block
from monitors.model.monitor import Monitor

# Each is a line or two: so many are read through, and the view stays far below 100 blocks.
SHOWN_MONITORS: Final = 50

_HINTS_ONLY: Final = (
    "*Hints only: no webhook secret is kept.* What comes in by webhook cannot be verified, so it "
    "only makes me look: whatever is posted is still read from Parallel with the account's key."
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
        DIVIDER,
        *(piece.block for piece in help_pieces(prefix, support_url=support_url)),
    ]
    return {"type": "home", "blocks": blocks}


def _account(home: AppHome) -> Iterator[Block]:
    yield section(mrkdwn("*Parallel account*"))
    health = home.health
    if health is None:
        yield section(mrkdwn(f"*Not linked.* Nothing can be watched yet.{_ask(home)}"))
    else:
        yield section(mrkdwn("\n".join(_state(home, health))))
    if home.trouble:
        yield from plain_sections(f"Trouble: {home.trouble}")
    for last_four in home.disconnecting:
        yield from plain_sections(
            f"The account with the key …{last_four} is being unlinked: its monitors are being "
            "cancelled at Parallel, and their threads told. Its key is deleted after that."
        )


def _ask(home: AppHome) -> str:
    """Whom to ask, for those who cannot change it themselves."""
    if home.is_admin:
        return ""
    admin = mention(home.admin_id)
    return f" Ask an admin: {admin}." if admin else " Ask an admin of this workspace."


def _state(home: AppHome, health: AccountHealth) -> Iterator[str]:
    who = mention(health.linked_by)
    yield escape(whose_account(health)) + (f" Linked by {who}." if who else "")
    call = local_time(health.last_good_call_at) if health.last_good_call_at else "none yet"
    yield f"Last good call to Parallel: {call}"
    if not home.has_webhooks:
        yield "Webhooks: none, this app asks Parallel instead."
    elif health.has_secret:
        at = health.last_webhook_at
        yield f"Last verified webhook: {local_time(at) if at else 'none yet'}"
    else:
        yield _HINTS_ONLY
    if health.old_secrets_until is not None:
        until = local_time(health.old_secrets_until)
        yield f"The webhook secret before this one counts until {until}."


def _settings(home: AppHome) -> Iterator[Block]:
    """Buttons for admins; each press is checked again."""
    if home.is_admin is None:
        yield from plain_sections(
            "Slack did not say whether you are an admin, so no settings are shown. Open this tab "
            "again in a minute."
        )
    elif home.is_admin:
        yield {"type": "actions", "elements": list(_buttons(home))}
    elif home.health is not None:
        yield section(mrkdwn(f"Settings are for admins.{_ask(home)}"))


def _buttons(home: AppHome) -> Iterator[Block]:
    health = home.health
    if health is None or health.is_operators:
        label = "Connect account" if health is None else "Connect your own account"
        yield button(label, CONNECT, style="primary" if health is None else None)
        return
    if home.has_webhooks:
        yield button("Rotate webhook secret" if health.has_secret else "Add webhook secret", SECRET)
    yield button("Paste an API key", PASTE)
    yield button("Change account", CHANGE)
    yield button("Unlink", UNLINK, style="danger")


def _monitors(home: AppHome, *, prefix: str) -> Iterator[Block]:
    yield section(mrkdwn("*Your monitors*"))
    if home.monitors is None:
        words = "They cannot be shown now. Open this tab again in a minute."
        if home.health is None:
            words = "None: an account must be linked first."
        yield section(plain(words))
        return
    yield from (piece.block for piece in _listed(home.monitors, prefix=prefix))


def _listed(monitors: Sequence[Monitor], *, prefix: str) -> list[Piece]:
    if not monitors:
        lines = [
            plain_line(
                "You watch nothing yet. In a channel, type for example: "
                f"/{prefix}monitor latest AI research papers"
            )
        ]
        return rich_pieces(lines)
    lines = [monitor_line(each, state="watching") for each in monitors[:SHOWN_MONITORS]]
    more = len(monitors) - SHOWN_MONITORS
    if more > 0:
        lines.append(
            plain_line(
                f"… and {counted(more, 'more monitor')}. Type /{prefix}monitor list in a channel "
                "to see what it watches."
            )
        )
    return rich_pieces(lines)
