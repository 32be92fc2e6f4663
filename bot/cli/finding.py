"""What the doctor found out about one thing."""

from dataclasses import dataclass
from typing import Final, Literal

# Of workspaces, in one line.
MOST_NAMED: Final = 20
Verdict = Literal["ok", "warn", "fix", "skip"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`skip` says that it was not tried, and why."""

    verdict: Verdict
    check: str
    detail: str

    @property
    def line(self) -> str:
        return f"{self.verdict:<5} {self.check}: {self.detail}"


def ok(check: str, detail: str) -> Finding:
    return Finding("ok", check, detail)


def warn(check: str, detail: str) -> Finding:
    return Finding("warn", check, detail)


def fix(check: str, detail: str) -> Finding:
    return Finding("fix", check, detail)


def skip(check: str, detail: str) -> Finding:
    return Finding("skip", check, detail)
