"""What the app's processes wrote, searched for secrets and for what people asked or were told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.chaos.plan import TAG_PREFIX
from tests.security.leaks import files_below, leaks_in

# What every command asks for, before its number.
QUERY: Final = "chaos news of"
_TEXTS: Final = {"a query": QUERY, "a finding": TAG_PREFIX}
# The stand-ins' own log is not the app's.
_NOT_OURS: Final = ("stand-ins.log",)


@dataclass(frozen=True, slots=True)
class Leaks:
    """Where a secret stands in clear, in whatever was written; where a text stands in a log."""

    secrets: list[str] = field(default_factory=list[str])
    texts: list[str] = field(default_factory=list[str])
    searched: int = 0
    """Bytes of logs."""

    def problems(self) -> list[str]:
        return [
            *(f"secret written: {each}" for each in self.secrets),
            *(f"text logged: {each}" for each in self.texts),
        ]


def look_for_leaks(folder: Path, secrets: Mapping[str, str]) -> Leaks:
    """Secrets in every file below `folder`, the databases too; texts in the logs."""
    written = files_below(folder, but=_NOT_OURS)
    logs = {name: content for name, content in written.items() if name.endswith(".log")}
    return Leaks(
        secrets=leaks_in(secrets, written),
        texts=leaks_in(_TEXTS, logs),
        searched=sum(map(len, logs.values())),
    )
