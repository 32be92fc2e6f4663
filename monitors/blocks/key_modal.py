"""The modal that asks for a Parallel API key, and what it shows once the key is saved."""

from typing import Final

from monitors.blocks.account import modal, notice_modal
from monitors.blocks.elements import mrkdwn, plain, plain_sections, section
from monitors.blocks.text import counted
from monitors.model.linking import Confirmation
from monitors.model.message import Block

KEY_FORM: Final = "account_key"
CONFIRM_FORM: Final = "account_key_confirm"
KEY_BLOCK: Final = "api_key"
LONGEST_KEY: Final = 500


def key_modal() -> Block:
    words = (
        "Copy a key from platform.parallel.ai, under *API keys*. Its account runs and pays for the "
        "workspace's monitors. Only the last four characters of the key are ever shown."
    )
    field: Block = {
        "type": "input",
        "block_id": KEY_BLOCK,
        "label": plain("API key"),
        "hint": plain("I test it with Parallel, then store it encrypted."),
        "element": {
            "type": "plain_text_input",
            "action_id": KEY_BLOCK,
            "max_length": LONGEST_KEY,
        },
    }
    return modal([section(mrkdwn(words)), field], callback_id=KEY_FORM, submit="Check and save")


def confirm_modal(ask: Confirmation) -> Block:
    """Before monitors are cancelled; the token in it works once."""
    them, each = ("it", "its") if ask.running == 1 else ("them", "each")
    verb = "runs" if ask.running == 1 else "run"
    words = (
        f"{counted(ask.running, 'monitor')} of this workspace {verb} on this app's shared account. "
        f"The key …{ask.last_four} belongs to a different account, and monitors can't move between "
        f"accounts. Connecting it cancels {them} for good, with a note in {each} thread. To start "
        f"{them} again, run the same {'command' if ask.running == 1 else 'commands'}. Nothing has "
        "changed so far."
    )
    made = modal(plain_sections(words), callback_id=CONFIRM_FORM, submit=f"Connect, cancel {them}")
    return {
        **made,
        "close": plain("Keep shared account"),
        "private_metadata": ask.token,
    }


def key_kept_modal(last_four: str, *, needs_secret: bool) -> Block:
    words = f"Parallel is connected (key …{last_four}). You can start monitors right away."
    if needs_secret:
        words += (
            " Next, add the account's webhook secret in the Home tab. Until then I can't verify "
            "Parallel's webhooks, so I read every finding from Parallel myself."
        )
    # Closes the modal below too: its link to the browser is no longer needed.
    return {**notice_modal(words), "clear_on_close": True}
