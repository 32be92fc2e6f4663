"""Where in Slack something belongs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workspace:
    """One Slack workspace, and the Enterprise Grid organisation it belongs to, if any."""

    team_id: str
    enterprise_id: str | None = None


@dataclass(frozen=True, slots=True)
class ThreadRef:
    """A thread: its channel and its first message's ts, exactly as Slack gave it."""

    channel: str
    ts: str
