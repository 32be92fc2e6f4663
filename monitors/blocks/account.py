"""The settings of a workspace's Parallel account: buttons, and the modals they open."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from monitors.blocks.address import parse_address
from monitors.blocks.elements import mrkdwn, plain, plain_sections, section
from monitors.blocks.notices import note_blocks
from monitors.blocks.text import counted
from monitors.model.app_home import AccountChange
from monitors.model.local_time import local_time
from monitors.model.message import Block, Message
from monitors.model.view_requests import Asked

CONNECT: Final = "account_connect"
CONNECT_LABEL: Final = "Connect account"
CHANGE: Final = "account_change"
UNLINK: Final = "account_unlink"
SECRET: Final = "account_secret"  # noqa: S105 - the name of a button
PASTE: Final = "account_paste_key"
# Slack sends an action for a link button too; nothing needs to be done.
OPEN_CONNECT: Final = "account_open_connect"
SECRET_BLOCK: Final = "secret"  # noqa: S105 - the name of a field
SECRET_CHARACTERS: Final = 200

_TITLE: Final = "Parallel account"
_IN_WORDS: Final = {Asked.CHANGE: "Change the account", Asked.DISCONNECT: "Disconnect the account"}
_LOOKING: Final = "One moment, checking which monitors use the account…"


def button(label: str, action_id: str, *, style: str | None = None) -> Block:
    made: dict[str, object] = {"type": "button", "text": plain(label), "action_id": action_id}
    return {**made, "style": style} if style else made


def offering_account(message: Message) -> Message:
    """For an admin of a workspace without an account: the message, and the way to connect one."""
    connect = button(CONNECT_LABEL, CONNECT, style="primary")
    return replace(message, blocks=(*message.blocks, {"type": "actions", "elements": [connect]}))


def looking_modal(text: str = _LOOKING, *, title: str = _TITLE) -> Block:
    """Shown right away, and replaced once Parallel has answered."""
    return modal(note_blocks(text), title=title)


def notice_modal(text: str, *, title: str = _TITLE) -> Block:
    return modal(note_blocks(text), title=title)


def connect_modal(url: str | None, change: AccountChange | None) -> Block:
    """Ways to connect an account; `change` is the operator's account, if it is used so far."""
    blocks: list[Block] = []
    if change is not None and change.running != 0:
        blocks += plain_sections(
            f"{_what_runs(change)} on this app's shared account (key …{change.last_four}). "
            "Monitors can't move between accounts: if you connect a different one, these will be "
            "cancelled, with a note in each thread. You'll be asked first."
        )
    elements: list[Block] = []
    address = parse_address(url or "")
    if address is not None:
        blocks += plain_sections(
            "Parallel opens in your browser and asks you to allow access. The link works once, for "
            "ten minutes, and only for you."
        )
        connect = button("Continue in the browser", OPEN_CONNECT, style="primary")
        elements.append({**connect, "url": address.url})
    blocks.append(
        section(mrkdwn("Or paste an API key from platform.parallel.ai, under *API keys*."))
    )
    elements.append(button("Paste an API key", PASTE))
    blocks.append({"type": "actions", "elements": elements})
    return modal(blocks)


def disconnect_modal(asked: Asked, change: AccountChange) -> Block:
    """What disconnecting will do, and the button that does it."""
    blocks = [
        section(mrkdwn(f"*{_IN_WORDS[asked]}?*")),
        *plain_sections(f"The connected account has the key …{change.last_four}."),
        *plain_sections(_what_happens(change)),
    ]
    if asked is Asked.CHANGE:
        blocks += plain_sections(
            "Then connect the other account in the Home tab. If you only have a new key for the "
            "same account, choose Paste an API key there instead."
        )
    made = modal(blocks, callback_id=UNLINK, submit="Disconnect")
    # "Cancel" here could be taken to mean the monitors.
    return {**made, "close": plain("Keep the account"), "private_metadata": change.identity}


def _what_happens(change: AccountChange) -> str:
    if change.running == 0:
        return (
            "None of this workspace's monitors run on it. Disconnecting deletes the key and the "
            "webhook secrets."
        )
    them, threads = ("it", "its thread") if change.running == 1 else ("them", "their threads")
    return (
        f"{_what_runs(change)} on it. Disconnecting cancels {them} for good, leaves a note in "
        f"{threads}, and then deletes the key and the webhook secrets. Findings already posted "
        f"stay in {threads}. To start {them} again on another account, run the same "
        f"{'command' if change.running == 1 else 'commands'}."
    )


def _what_runs(change: AccountChange) -> str:
    """The monitors on the account, as the beginning of a sentence."""
    if change.running is None:
        return "Parallel didn't say how many of this workspace's monitors run"
    verb = "runs" if change.running == 1 else "run"
    return f"{counted(change.running, 'monitor')} of this workspace {verb}"


def disconnected_modal() -> Block:
    return notice_modal(
        "The account is disconnected. Its monitors are being cancelled, with a note in each "
        "thread; the Home tab shows when that is done. You can connect another account there right "
        "away."
    )


def secret_modal() -> Block:
    """Asks for a new webhook secret."""
    block: Block = {
        "type": "input",
        "block_id": SECRET_BLOCK,
        "label": plain("New webhook secret"),
        "hint": plain("From platform.parallel.ai, under Settings, Webhooks."),
        "element": {
            "type": "plain_text_input",
            "action_id": SECRET_BLOCK,
            "max_length": SECRET_CHARACTERS,
        },
    }
    words = plain_sections(
        "Create a new secret at Parallel and paste it here. The old one keeps working for 48 "
        "hours, in case Parallel retries a webhook."
    )
    return modal([*words, block], callback_id=SECRET, submit="Save")


def secret_kept_modal(until: datetime | None) -> Block:
    """`until`: how long the previous secret is accepted. Shown while the new one is tested."""
    overlap = f" The previous one works until {local_time(until)}." if until else ""
    return notice_modal(
        f"The new webhook secret is saved.{overlap} Testing it with a real webhook…"
    )


def modal(
    blocks: list[Block],
    *,
    callback_id: str = "",
    submit: str = "",
    close: str = "Cancel",
    title: str = _TITLE,
) -> Block:
    """A modal, about the account if not otherwise titled; with `submit`, a form."""
    made: dict[str, object] = {
        "type": "modal",
        "title": plain(title),
        "close": plain(close if submit else "Close"),
        "blocks": blocks,
    }
    if submit:
        made |= {"callback_id": callback_id, "submit": plain(submit)}
    return made
