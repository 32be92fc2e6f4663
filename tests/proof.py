"""`make proof`: the table of docs/reliability.md. Runs the tests of each kind; a failure exits 1.

`--count` collects them without running any.
"""

import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from pydantic import TypeAdapter

TESTS: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Kind:
    """What may break, and what of `tests/` tries it: names of files, by folder."""

    name: str
    tried: str
    tests: dict[str, str]

    @property
    def files(self) -> list[str]:
        """Paths in `tests/`."""
        return [
            f"{folder}/test_{name}.py"
            for folder, names in self.tests.items()
            for name in names.split()
        ]


def kinds() -> list[Kind]:
    raw = tomllib.loads((TESTS / "proof.toml").read_text())
    return TypeAdapter(list[Kind]).validate_python(raw["kind"])


@dataclass(slots=True, eq=False)
class Tally:
    """A plugin of pytest's: which tests there are, here or on workers, and which broke."""

    tests: set[str] = field(default_factory=set[str])
    broken: set[str] = field(default_factory=set[str])
    has_run: bool = False

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.tests.update(item.nodeid for item in session.items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.has_run = True
        self.tests.add(report.nodeid)
        if report.failed:
            self.broken.add(report.nodeid)


def by_file(nodeids: set[str]) -> Counter[str]:
    return Counter(each.partition("::")[0].removeprefix("tests/") for each in nodeids)


def table(tally: Tally) -> str:
    lines = ["| kind | what is tried | tests | broken |", "|---|---|---:|---:|"]
    tests, broken = by_file(tally.tests), by_file(tally.broken)
    for kind in kinds():
        tried = sum(tests[file] for file in kind.files)
        failed = sum(broken[file] for file in kind.files) if tally.has_run else "not run"
        lines.append(f"| {kind.name} | {kind.tried} | {tried:,} | {failed} |")
    return "\n".join(lines)


def main(words: Sequence[str]) -> int:
    files = [str(TESTS / file) for kind in kinds() for file in kind.files]
    options = ["--collect-only" if word == "--count" else word for word in words]
    tally = Tally()
    code = pytest.main(["-q", *options, *files], plugins=[tally])
    sys.stdout.write(f"\n{table(tally)}\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
