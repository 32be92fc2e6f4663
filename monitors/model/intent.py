"""A person's request, saved before it is acknowledged."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitors.model.workspace import Workspace


class IntentKind(StrEnum):
    START = "start"
    LIST = "list"
    CANCEL = "cancel"
    RUN_NOW = "run_now"
    STATUS = "status"
    HELP = "help"
    MENTIONED = "mentioned"
    HISTORY = "history"
    PAUSE = "pause"
    RESUME = "resume"
    SNOOZE = "snooze"
    DELIVERY = "delivery"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    CANCEL_LISTED = "cancel_listed"
    EDIT = "edit"
    RESEARCH = "research"
    MOVE = "move"
    ADOPT = "adopt"
    CANCEL_THREADLESS = "cancel_threadless"
    INSTALLED = "installed"
    CHANNEL_UNBLOCKED = "channel_back"
    CHANNEL_CHANGED = "channel_changed"
    UNINSTALL = "uninstall"
    CONNECTED = "connected"
    DISCONNECT = "unlink"
    RULES = "rules"
    PERSON_LEFT = "person_left"
    TAKE_OVER = "take_over"
    APPROVE = "approve"
    DECLINE = "decline"
    EXPORT_HISTORY = "export_history"
    EXPORT_AUDIT = "export_audit"


@dataclass(frozen=True, slots=True)
class Intent:
    """One request.

    `intent_id` comes from Slack's own id of the request (trigger_id, event_id), so that a request
    sent twice is one intent. `argument` is the request, `progress` the steps saved so far; both
    are JSON.
    """

    intent_id: str
    workspace: Workspace
    kind: IntentKind
    argument: str
    created_at: datetime
    progress: str = "{}"
