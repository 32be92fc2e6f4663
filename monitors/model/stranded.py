"""What keeps findings waiting at Parallel: a thread that is closed to us."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitors.model.workspace import ThreadRef, Workspace

# Slack's words for a first message that is no longer there.
CARD_GONE: Final = frozenset(
    {"message_not_found", "thread_not_found", "cannot_reply_to_message", "cant_update_message"}
)
# Ours, for a thread whose first message stands there and that takes no replies all the same.
REPLIES_REFUSED: Final = "replies_refused"
# Slack's words for a message that cannot be changed any more; the thread may be well.
UNCHANGEABLE: Final = frozenset({"cant_update_message", "edit_window_closed"})


@dataclass(frozen=True, slots=True)
class Stranded:
    """A monitor whose thread cannot be posted to.

    `code` is Slack's. `findings_wait` tells a finding that could not be posted from a card that
    could not be redrawn. Before `again_at` nothing is tried; `told_at` is when its owner heard.
    """

    workspace: Workspace
    monitor_id: str
    endpoint_id: str
    thread: ThreadRef
    code: str
    findings_wait: bool
    since: datetime
    again_at: datetime
    told_at: datetime | None = None
