"""What is to be shown in a modal or the Home tab that someone looks at."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from monitors.model.listing import NO_LOOK, HistoryAt, HomeLook
from monitors.model.requests import ListRequest, ThreadRequest
from monitors.model.research import AskedFinding
from monitors.model.workspace import Workspace


@dataclass(frozen=True, slots=True)
class HomeRequest:
    """Draw a person's Home tab; `said` is what was just done there."""

    workspace: Workspace
    user_id: str
    look: HomeLook = NO_LOOK
    said: str = ""


class Asked(StrEnum):
    """What an admin chose in the Home tab."""

    CONNECT = "connect"
    CHANGE = "change"
    DISCONNECT = "unlink"
    TEST_SECRET = "secret"  # noqa: S105 - a choice's name


@dataclass(frozen=True, slots=True)
class ModalRequest:
    """Fill a modal that was opened right away, once its content is known."""

    workspace: Workspace
    user_id: str
    view_id: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class CancelListedRequest:
    """Cancel a monitor from a list, and show the list again."""

    workspace: Workspace
    cancel: ThreadRequest
    then: ListRequest | HomeRequest


MonitorModal = Literal["cancel", "delivery", "edit", "history", "not_relevant"]


@dataclass(frozen=True, slots=True)
class MonitorModalRequest:
    """Fill a modal about the monitor in a thread; `asked` says by whom.

    `view_hash` is Slack's, of the empty modal: a form is filled once. `at`: which page of the
    history, if not the first. `finding`: the one that isn't relevant.
    """

    asked: ThreadRequest
    view_id: str
    view_hash: str = ""
    about: MonitorModal = "history"
    at: HistoryAt | None = None
    finding: AskedFinding | None = None

    @property
    def workspace(self) -> Workspace:
        return self.asked.workspace


ShowRequest = HomeRequest | ModalRequest | MonitorModalRequest
