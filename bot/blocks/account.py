"""The settings of a workspace's Parallel account: buttons, and the modals behind them."""

from typing import Final

from bot.blocks.address import parse_address
from bot.blocks.elements import mrkdwn, plain, plain_sections, section
from bot.blocks.text import counted
from monitors.model.app_home import AccountChange
from monitors.model.message import Block
from monitors.model.requests import Asked

CONNECT: Final = "account_connect"
CHANGE: Final = "account_change"
UNLINK: Final = "account_unlink"
SECRET: Final = "account_secret"  # noqa: S105 - the name of a button
PASTE: Final = "account_paste_key"
# A link's own: pressing it sends an action too, which asks for nothing.
OPEN_CONNECT: Final = "account_open_connect"
SECRET_BLOCK: Final = "secret"  # noqa: S105 - the name of a field
SECRET_CHARACTERS: Final = 200

_TITLE: Final = "Parallel account"
_IN_WORDS: Final = {Asked.CHANGE: "Change the account", Asked.DISCONNECT: "Unlink the account"}
_LOOKING: Final = "One moment, looking at what runs on the account…"


def button(label: str, action_id: str, *, style: str | None = None) -> Block:
    made: dict[str, object] = {"type": "button", "text": plain(label), "action_id": action_id}
    return {**made, "style": style} if style else made


def looking_modal() -> Block:
    """Shown at once, and filled once the rest is known."""
    return notice_modal(_LOOKING)


def notice_modal(text: str) -> Block:
    return modal(plain_sections(text))


def connect_modal(url: str | None, change: AccountChange | None) -> Block:
    """Ways to link an account; `change` is the one used so far, the operator's."""
    blocks: list[Block] = []
    if change is not None and change.running != 0:
        blocks += plain_sections(
            f"{_what_runs(change)} on this app's own account (key …{change.last_four}). Monitors "
            "cannot move from one account to another: once yours is linked, what runs here is "
            "cancelled, and each thread is told."
        )
    elements: list[Block] = []
    address = parse_address(url or "")
    if address is not None:
        blocks += plain_sections(
            "Parallel's page opens in your browser and asks whether this app may use your account. "
            "The link works once, for ten minutes, and only for you."
        )
        connect = button("Continue in the browser", OPEN_CONNECT, style="primary")
        elements.append({**connect, "url": address.url})
    blocks.append(section(mrkdwn("Or paste an API key from platform.parallel.ai, *API keys*.")))
    elements.append(button("Paste an API key", PASTE))
    blocks.append({"type": "actions", "elements": elements})
    return modal(blocks)


def disconnect_modal(asked: Asked, change: AccountChange) -> Block:
    """What will happen, and the button that does it."""
    blocks = [
        section(mrkdwn(f"*{_IN_WORDS[asked]}?*")),
        *plain_sections(f"The account linked now has the key …{change.last_four}."),
        *plain_sections(_what_happens(change)),
    ]
    if asked is Asked.CHANGE:
        blocks += plain_sections(
            "Then connect the other account in the Home tab. A new key of the same account needs "
            "none of this: choose Paste an API key there instead."
        )
    made = modal(blocks, callback_id=UNLINK, submit="Unlink")
    # "Cancel" beside it could mean the monitors.
    return {**made, "close": plain("Keep the account"), "private_metadata": change.identity}


def _what_happens(change: AccountChange) -> str:
    if change.running == 0:
        return (
            "No monitor of this workspace runs on it. Unlinking deletes the key and the webhook "
            "secrets."
        )
    them, threads = ("it", "its thread") if change.running == 1 else ("them", "their threads")
    return (
        f"{_what_runs(change)} on it. Unlinking cancels {them} for good at Parallel, says so in "
        f"{threads}, and then deletes the key and the webhook secrets. What was found stays in "
        f"{threads}. To watch the same again with another account, type the commands again."
    )


def _what_runs(change: AccountChange) -> str:
    """Monitors on the account, as the beginning of a sentence."""
    if change.running is None:
        return "Parallel did not say how many monitors of this workspace run"
    verb = "runs" if change.running == 1 else "run"
    return f"{counted(change.running, 'monitor')} of this workspace {verb}"


def disconnected_modal() -> Block:
    return notice_modal(
        "The account is unlinked. Its monitors are being cancelled and their threads told; the "
        "Home tab says when that is done. Another account can be connected there at once."
    )


def secret_modal() -> Block:
    """Asks for the newest webhook secret."""
    block: Block = {
        "type": "input",
        "block_id": SECRET_BLOCK,
        "label": plain("New webhook secret"),
        "hint": plain("At platform.parallel.ai: Settings, Webhooks."),
        "element": {
            "type": "plain_text_input",
            "action_id": SECRET_BLOCK,
            "max_length": SECRET_CHARACTERS,
        },
    }
    words = plain_sections(
        "Make a new secret at Parallel and paste it here. The one before goes on counting for 48 "
        "hours, for as long as Parallel sends a webhook again, so nothing is lost meanwhile."
    )
    return modal([*words, block], callback_id=SECRET, submit="Keep")


def secret_kept_modal(until: str | None) -> Block:
    overlap = f" The one before counts until {until}." if until else ""
    return notice_modal(f"The new webhook secret is kept.{overlap}")


def modal(blocks: list[Block], *, callback_id: str = "", submit: str = "") -> Block:
    """A modal about the account; with `submit`, a form."""
    made: dict[str, object] = {
        "type": "modal",
        "title": plain(_TITLE),
        "close": plain("Cancel" if submit else "Close"),
        "blocks": blocks,
    }
    if submit:
        made |= {"callback_id": callback_id, "submit": plain(submit)}
    return made
