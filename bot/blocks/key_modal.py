"""The modal that asks for a Parallel API key, and what it shows once the key is saved."""

from typing import Final

from bot.blocks.account import modal, notice_modal
from bot.blocks.elements import mrkdwn, plain, section
from monitors.model.message import Block

KEY_FORM: Final = "account_key"
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


def key_kept_modal(last_four: str, *, needs_secret: bool) -> Block:
    words = f"Parallel is connected (key …{last_four}). You can start monitors right away."
    if needs_secret:
        words += (
            " Next, add the account's webhook secret in the Home tab. Until then I can't verify "
            "Parallel's webhooks, so I read every finding from Parallel myself."
        )
    # Closes the modal below too: its link to the browser is no longer needed.
    return {**notice_modal(words), "clear_on_close": True}
