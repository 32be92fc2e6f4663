"""What one person's Home tab shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from monitors.model.account import AccountHealth
from monitors.model.listing import NO_LOOK, HomeLook, MonitorPage
from monitors.model.monitor import Monitor
from monitors.model.rules import NO_RULES, Rules


@dataclass(frozen=True, slots=True)
class Spend:
    """US dollars a month, an estimate; without `unknown` monitors, whose price isn't known.

    The largest first; what goes without a name is last, under an empty one.
    """

    total: Decimal
    by_channel: tuple[tuple[str, Decimal], ...]
    by_person: tuple[tuple[str, Decimal], ...]
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class AppHome:
    """`monitors` is a page of the person's own that fit the `look`, of `own` in all.

    It is None if Parallel was not asked, or failed (`trouble`). `said` is what was just done.
    `disconnecting`: the last characters of keys whose monitors are still being cancelled.
    `is_admin` is None if Slack did not say. `admin_id` is an admin to ask. Without `has_webhooks`
    (polling) no secret is needed. `threadless`: for admins, what no thread shows.
    """

    health: AccountHealth | None
    monitors: MonitorPage | None
    own: int = 0
    look: HomeLook = NO_LOOK
    said: str = ""
    spend: Spend | None = None
    trouble: str | None = None
    disconnecting: tuple[str, ...] = ()
    is_admin: bool | None = None
    admin_id: str | None = None
    has_webhooks: bool = True
    rules: Rules = NO_RULES
    threadless: Sequence[Monitor] = ()
