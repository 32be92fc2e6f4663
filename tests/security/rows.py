"""What is proved beside the flood, each a row of the table: add one to ROWS to have it printed."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.security.day import a_day
from tests.security.hostile_text import BOMBS, CORPUS

_HERE: Final = Path(__file__).parent
_PASSED: Final = re.compile(r"\b(\d+) passed\b")


@dataclass(frozen=True, slots=True)
class Row:
    """`tried` says how much; `problems` is empty where the promise holds."""

    promise: str
    tried: str
    problems: Sequence[str]


def suite_row(promise: str, files: Sequence[str], *, of: str) -> Row:
    """A promise that test files of this folder hold; they run in a process of their own."""
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "--hypothesis-profile", "thorough"]
    command += [str(_HERE / name) for name in files]
    done = subprocess.run(  # noqa: S603 - our own tests
        command, cwd=_HERE.parents[1], capture_output=True, text=True, check=False
    )
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    passed = _PASSED.search(done.stdout)
    if done.returncode != 0 and not failed:
        failed = [f"the tests ended with {done.returncode}: {done.stderr[-300:]}"]
    return Row(promise, f"{int(passed[1]) if passed else 0:,} {of}", failed)


def log_row() -> Row:
    """Everything that a process wrote in a day of its life."""
    with tempfile.TemporaryDirectory() as folder, a_day(Path(folder)) as day:
        searched = sum(map(len, day.written.values()))
        tried = f"{len(day.secrets)} secrets in {len(day.written)} places, {searched:,} bytes"
        return Row("no secret is written, no query is logged", tried, day.leaks)


def text_row() -> Row:
    of = f"tests over {len(CORPUS) + len(BOMBS)} hostile texts and combinations of them"
    return suite_row("no text pings, deceives or breaks", ["test_hostile_text.py"], of=of)


ROWS: Final[Sequence[Callable[[], Row]]] = (
    log_row,
    text_row,
    lambda: suite_row("workspaces never meet", ["test_border.py"], of="tests of crossings"),
    lambda: suite_row(
        "each door keeps to its rules", ["test_doors.py", "test_arrival.py"], of="tests"
    ),
)
