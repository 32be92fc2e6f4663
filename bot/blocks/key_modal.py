"""The modal that asks for a Parallel API key, and what it turns into."""

from typing import Final

from bot.blocks.account import modal, notice_modal
from bot.blocks.elements import mrkdwn, plain, section
from monitors.model.message import Block

KEY_FORM: Final = "account_key"
KEY_BLOCK: Final = "api_key"
LONGEST_KEY: Final = 500


def key_modal() -> Block:
    words = (
        "Copy a key from platform.parallel.ai, *API keys*. Its account is used, and pays, for this "
        "workspace's monitors. Nobody is shown more of it than its last four characters."
    )
    field: Block = {
        "type": "input",
        "block_id": KEY_BLOCK,
        "label": plain("API key"),
        "hint": plain("It is tried first, then kept sealed."),
        "element": {
            "type": "plain_text_input",
            "action_id": KEY_BLOCK,
            "max_length": LONGEST_KEY,
        },
    }
    return modal([section(mrkdwn(words)), field], callback_id=KEY_FORM, submit="Try and keep it")


def key_kept_modal(last_four: str, *, needs_secret: bool) -> Block:
    words = f"Parallel is connected (key …{last_four}). Monitors can be made at once."
    if needs_secret:
        words += (
            " Next, add the account's webhook secret in the Home tab: until then, Parallel's "
            "messages count as hints only, upon which I look for myself."
        )
    # Not back to the form's own modal: its link to the browser is used up, or not needed.
    return {**notice_modal(words), "clear_on_close": True}
