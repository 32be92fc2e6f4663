"""What Slack says of a thread that nothing can be posted to."""

from typing import Final

# Slack's words for a first message that is no longer there.
CARD_GONE: Final = frozenset(
    {"message_not_found", "thread_not_found", "cannot_reply_to_message", "cant_update_message"}
)
# Ours, for a thread whose first message stands there and that takes no replies all the same.
REPLIES_REFUSED: Final = "replies_refused"
# Slack's words for a message that cannot be changed any more; the thread may be well.
UNCHANGEABLE: Final = frozenset({"cant_update_message", "edit_window_closed"})
