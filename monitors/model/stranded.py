"""What keeps findings waiting at Parallel: a thread that is closed to us, an account in trouble."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from monitors.model.parallel_errors import (
    BadKeyError,
    ForbiddenError,
    NoCreditError,
    ParallelError,
)
from monitors.model.workspace import Workspace

# Slack's words for a first message that is no longer there.
CARD_GONE: Final = frozenset(
    {"message_not_found", "thread_not_found", "cannot_reply_to_message", "cant_update_message"}
)
# Ours, for a thread whose first message stands there and that takes no replies all the same.
REPLIES_REFUSED: Final = "replies_refused"
# Slack's words for a message that cannot be changed any more; the thread may be well.
UNCHANGEABLE: Final = frozenset({"cant_update_message", "edit_window_closed"})


class TroubleKind(StrEnum):
    """What an account's owner must mend."""

    BAD_KEY = "bad_key"
    NO_CREDIT = "no_credit"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Trouble:
    """An account that does not work, as one workspace meets it; once per person who is told."""

    endpoint_id: str
    workspace: Workspace
    user_id: str
    kind: TroubleKind
    since: datetime
    told_at: datetime | None = None
    ended_at: datetime | None = None


_KINDS: Final[dict[type[ParallelError], TroubleKind]] = {
    BadKeyError: TroubleKind.BAD_KEY,
    NoCreditError: TroubleKind.NO_CREDIT,
    ForbiddenError: TroubleKind.FORBIDDEN,
}


def trouble_of(error: ParallelError) -> TroubleKind | None:
    """None for what is no matter of the account's."""
    return _KINDS.get(type(error))
