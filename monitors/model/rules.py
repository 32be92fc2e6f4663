"""What a workspace's admins allow: who starts and changes monitors, where, and for how much."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Who(StrEnum):
    """`OWNER`: who started the monitor, and admins."""

    EVERYONE = "everyone"
    OWNER = "owner"
    ADMINS = "admins"


@dataclass(frozen=True, slots=True)
class Budgets:
    """US dollars a month, as estimated; None: no limit. Each channel and person has its own."""

    workspace: int | None = None
    channel: int | None = None
    person: int | None = None

    @property
    def is_any(self) -> bool:
        return (self.workspace, self.channel, self.person) != (None, None, None)


NO_BUDGETS: Final = Budgets()


@dataclass(frozen=True, slots=True)
class Rules:
    """No `channels`: any."""

    who_starts: Who = Who.EVERYONE
    who_changes: Who = Who.EVERYONE
    channels: tuple[str, ...] = ()
    budgets: Budgets = NO_BUDGETS

    def allow(self, channel: str) -> bool:
        return not self.channels or channel in self.channels


NO_RULES: Final = Rules()
