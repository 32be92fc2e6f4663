"""What is to be shown in a modal or the Home tab that somebody looks at."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from monitors.model.listing import NO_LOOK, HistoryAt, HomeLook
from monitors.model.requests import ListRequest, ThreadRequest
from monitors.model.workspace import ThreadRef, Workspace


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
class CancelFormRequest:
    """Ask in a modal whether to cancel the monitor in a thread; `user_team` as above."""

    workspace: Workspace
    view_id: str
    thread: ThreadRef
    user_id: str
    user_team: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFormRequest:
    """Show in a modal how the monitor in a thread delivers; `user_team` as above."""

    workspace: Workspace
    view_id: str
    thread: ThreadRef
    user_id: str
    user_team: str | None = None
    about: Literal["delivery"] = "delivery"


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """Fill a modal with a page of a monitor's history."""

    workspace: Workspace
    view_id: str
    asked: ThreadRequest
    at: HistoryAt


@dataclass(frozen=True, slots=True)
class CancelListedRequest:
    """Cancel a monitor from a list, and show the list again."""

    workspace: Workspace
    cancel: ThreadRequest
    then: ListRequest | HomeRequest


@dataclass(frozen=True, slots=True)
class FindingRef:
    """One finding, by its run."""

    group_id: str
    event_id: str


@dataclass(frozen=True, slots=True)
class EditFormRequest:
    """Fill the form that edits the monitor in a thread; `user_team` and `monitor_id` as above.

    The modal is filled once: `view_hash` is Slack's, of the empty one. `finding`: the one that
    isn't relevant.
    """

    workspace: Workspace
    view_id: str
    view_hash: str
    thread: ThreadRef
    user_id: str
    user_team: str | None = None
    monitor_id: str | None = None
    finding: FindingRef | None = None
    about: Literal["edit"] = "edit"


ShowRequest = (
    HomeRequest
    | ModalRequest
    | CancelFormRequest
    | DeliveryFormRequest
    | HistoryRequest
    | EditFormRequest
)
