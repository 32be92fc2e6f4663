"""`python -m tests.security.audit`: whether a locked dependency has a known vulnerability.

Fails on findings alone. A machine that reaches a package index and nothing else cannot ask: then
it says that nothing was audited, and passes.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

ROOT: Final = Path(__file__).parents[2]
LOCKS: Final = ("requirements.txt", "requirements-build.txt", "requirements-dev.txt")
# Comma-separated ids of findings that do not concern this app; docs/security.md says why for each.
IGNORED: Final = ""
_SECONDS: Final = 300


class _Vulnerability(BaseModel):
    id: str
    fix_versions: list[str] = []


class _Dependency(BaseModel):
    name: str
    version: str = ""
    vulns: list[_Vulnerability] = []
    skip_reason: str | None = None


class _Report(BaseModel):
    dependencies: list[_Dependency]


@dataclass(frozen=True, slots=True)
class Audit:
    """How many were asked about and answered for, and what was found."""

    audited: int
    skipped: int
    findings: tuple[str, ...]


def read_report(report: str) -> Audit | None:
    """pip-audit's own JSON; None where it wrote none, for it reached nobody to ask."""
    try:
        dependencies = _Report.model_validate_json(report).dependencies
    except ValidationError:
        return None
    skipped = sum(each.skip_reason is not None for each in dependencies)
    findings = tuple(
        f"{each.name} {each.version}: {found.id}, mended in "
        f"{', '.join(found.fix_versions) or 'no version yet'}"
        for each in dependencies
        for found in each.vulns
    )
    return Audit(len(dependencies) - skipped, skipped, findings)


def audit(lock: Path, options: Sequence[str] = ()) -> Audit | None:
    """Ask about everything in a lock file, which needs no download: all is pinned and hashed."""
    ignored = [word for each in IGNORED.split(",") if each for word in ("--ignore-vuln", each)]
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes"]
    command += [
        "--disable-pip",
        "--format",
        "json",
        "--progress-spinner",
        "off",
        *ignored,
        *options,
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a tool of the development group
            command, capture_output=True, text=True, check=False, timeout=_SECONDS, env=os.environ
        )
    except subprocess.TimeoutExpired:
        return None
    return read_report(done.stdout)


def verdict(lock: str, found: Audit | None) -> tuple[str, bool]:
    """A line or more for a person, and whether it passes."""
    if found is None or (found.audited == 0 and found.skipped > 0):
        return f"{lock}: SKIPPED, no vulnerability service was reached; nothing was audited.", True
    said = f"{lock}: {found.audited} audited, {len(found.findings)} findings"
    said += f", {found.skipped} unknown to the service" if found.skipped else ""
    return "\n".join([said, *(f"  {each}" for each in found.findings)]), not found.findings


def main() -> int:
    passes = True
    for lock in LOCKS:
        said, passed = verdict(lock, audit(ROOT / lock))
        sys.stdout.write(f"{said}\n")
        passes = passes and passed
    return 0 if passes else 1


if __name__ == "__main__":
    sys.exit(main())
