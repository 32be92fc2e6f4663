"""The modals behind the settings of a workspace's Parallel account."""

from datetime import datetime
from typing import Final

from monitors.blocks import kit
from monitors.blocks.address import parse_address
from monitors.blocks.notices import notice_modal
from monitors.model.account import AccountHealth
from monitors.model.linking import Confirmation
from monitors.model.local_time import local_time
from monitors.model.message import Block
from monitors.model.view_requests import Asked
from monitors.model.words import counted

CHANGE: Final = "account_change"
UNLINK: Final = "account_unlink"
SECRET: Final = "account_secret"  # noqa: S105 - the name of a button
PASTE: Final = "account_paste_key"
# Slack sends an action for a link button too; nothing needs to be done.
OPEN_CONNECT: Final = "account_open_connect"
SECRET_BLOCK: Final = "secret"  # noqa: S105 - the name of a field
SECRET_CHARACTERS: Final = 200
KEY_FORM: Final = "account_key"
CONFIRM_FORM: Final = "account_key_confirm"
KEY_BLOCK: Final = "api_key"
LONGEST_KEY: Final = 500

_IN_WORDS: Final = {Asked.CHANGE: "Change the account", Asked.DISCONNECT: "Disconnect the account"}


def looking_modal() -> Block:
    """Shown right away, and replaced once Parallel has answered."""
    return notice_modal("One moment, checking which monitors use the account…")


def connect_modal(url: str | None, now: AccountHealth | None, running: int | None) -> Block:
    """Ways to connect an account.

    `now` is the operator's account, if it is used so far; `running` monitors are on it, None if
    Parallel did not say.
    """
    blocks: list[Block] = []
    if now is not None and running != 0:
        blocks += kit.plain_sections(
            f"{_what_runs(running)} on this app's shared account (key …{now.last_four}). "
            "Monitors can't move between accounts: if you connect a different one, these will be "
            "cancelled, with a note in each thread. You'll be asked first."
        )
    ways = [kit.button("Paste an API key", PASTE)]
    address = parse_address(url or "")
    if address is not None:
        blocks += kit.plain_sections(
            "Parallel opens in your browser and asks you to allow access. The link works once, for "
            "ten minutes, and only for you."
        )
        label = "Continue in the browser"
        ways.insert(0, kit.button(label, OPEN_CONNECT, style="primary", url=address.url))
    words = "Or paste an API key from platform.parallel.ai, under *API keys*."
    return kit.modal([*blocks, kit.own_section(words), *kit.actions(*ways)])


def disconnect_modal(asked: Asked, account: AccountHealth, running: int | None) -> Block:
    """What disconnecting will do, and the button that does it."""
    blocks = [
        kit.own_section(f"*{_IN_WORDS[asked]}?*"),
        *kit.plain_sections(f"The connected account has the key …{account.last_four}."),
        *kit.plain_sections(_what_happens(running)),
    ]
    if asked is Asked.CHANGE:
        blocks += kit.plain_sections(
            "Then connect the other account in the Home tab. If you only have a new key for the "
            "same account, choose Paste an API key there instead."
        )
    return kit.modal(
        blocks,
        callback_id=UNLINK,
        submit="Disconnect",
        # "Cancel" here could be taken to mean the monitors.
        close="Keep the account",
        metadata=account.identity,
    )


def _what_happens(running: int | None) -> str:
    if running == 0:
        return (
            "None of this workspace's monitors run on it. Disconnecting deletes the key and the "
            "webhook secrets."
        )
    them, threads = ("it", "its thread") if running == 1 else ("them", "their threads")
    return (
        f"{_what_runs(running)} on it. Disconnecting cancels {them} for good, leaves a note in "
        f"{threads}, and then deletes the key and the webhook secrets. Findings already posted "
        f"stay in {threads}. {_again(running, ' on another account')}."
    )


def _what_runs(running: int | None) -> str:
    """The monitors on the account, as the beginning of a sentence."""
    if running is None:
        return "Parallel didn't say how many of this workspace's monitors run"
    return f"{counted(running, 'monitor')} of this workspace {'runs' if running == 1 else 'run'}"


def _again(running: int | None, where: str = "") -> str:
    them, commands = ("it", "command") if running == 1 else ("them", "commands")
    return f"To start {them} again{where}, run the same {commands}"


def secret_modal() -> Block:
    """Asks for the first one or a new one."""
    words = (
        "Paste the account's webhook secret. If one is saved already, it keeps working for 48 "
        "hours, in case Parallel retries a webhook."
    )
    secret = kit.field(
        SECRET_BLOCK,
        "Webhook secret",
        kit.typed(longest=SECRET_CHARACTERS),
        hint="From platform.parallel.ai, under Settings, Webhooks.",
    )
    return kit.modal([*kit.plain_sections(words), secret], callback_id=SECRET, submit="Save")


def secret_kept_modal(until: datetime | None) -> Block:
    """`until`: how long the previous secret is accepted. Shown while the new one is tested."""
    overlap = f" The previous one works until {local_time(until)}." if until else ""
    return notice_modal(
        f"The new webhook secret is saved.{overlap} Testing it with a real webhook…"
    )


def key_modal() -> Block:
    """Asks for an API key."""
    words = (
        "Copy a key from platform.parallel.ai, under *API keys*. Its account runs and pays for the "
        "workspace's monitors. Only the last four characters of the key are ever shown."
    )
    hint = "I test it with Parallel, then store it encrypted."
    key = kit.field(KEY_BLOCK, "API key", kit.typed(longest=LONGEST_KEY), hint=hint)
    return kit.modal([kit.own_section(words), key], callback_id=KEY_FORM, submit="Check and save")


def confirm_modal(ask: Confirmation) -> Block:
    """Before monitors are cancelled; the token in it works once."""
    them, each = ("it", "its") if ask.running == 1 else ("them", "each")
    words = (
        f"{_what_runs(ask.running)} on this app's shared account. "
        f"The key …{ask.last_four} belongs to a different account, and monitors can't move between "
        f"accounts. Connecting it cancels {them} for good, with a note in {each} thread. "
        f"{_again(ask.running)}. Nothing has changed so far."
    )
    return kit.modal(
        kit.plain_sections(words),
        callback_id=CONFIRM_FORM,
        submit=f"Connect, cancel {them}",
        close="Keep shared account",
        metadata=ask.token,
    )


def key_kept_modal(last_four: str, *, needs_secret: bool) -> Block:
    words = f"Parallel is connected (key …{last_four}). You can start monitors right away."
    if needs_secret:
        words += (
            " Next, add the account's webhook secret in the Home tab. Until then I can't verify "
            "Parallel's webhooks, so I read every finding from Parallel myself."
        )
    # Closes the modal below too: its link to the browser is no longer needed.
    return {**notice_modal(words), "clear_on_close": True}
