"""Task runs: what is researched, and by which of Parallel's processors."""

from dataclasses import dataclass
from typing import Final

# Cross-checks sources, in one to five minutes.
RESEARCH_PROCESSOR: Final = "core"
# For the first values of fields: Parallel's `lite` is meant for fewer than people may name.
BASELINE_PROCESSOR: Final = "base"
# In the ledger, before the event's id: the message that says that a finding is being researched.
RESEARCH_CLAIM: Final = "research:"


@dataclass(frozen=True, slots=True)
class AskedFinding:
    """Carried by the buttons under a finding; `about` is the beginning of its words."""

    event_id: str
    about: str = ""
    group_id: str = ""
