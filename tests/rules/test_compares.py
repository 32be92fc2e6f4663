"""What is secret is compared in constant time at the doors, where outsiders choose one side."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = [
    path for room in ("bot", "webhooks") for path in sorted((ROOT / room).rglob("*.py"))
]
_SECRET: Final = re.compile(r"signature|digest|csrf|secret|token$|api_key|verifier", re.IGNORECASE)
# Whether there is one at all, and what it is called, is no secret.
_HARMLESS: Final = (ast.Constant, ast.Tuple, ast.Set, ast.List)


def compared(source: str) -> Iterator[str]:
    """Each plain comparison with something that is named like a secret."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        plain = all(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops)
        if plain and not any(isinstance(side, _HARMLESS) for side in sides):
            yield from (ast.unparse(node) for side in sides if _SECRET.search(name_of(side)))


def name_of(side: ast.expr) -> str:
    match side:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.expr() as called):
            return name_of(called)
        case _:
            return ""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_secret_is_compared_byte_by_byte(path: Path) -> None:
    assert list(compared(path.read_text())) == []


@pytest.mark.parametrize(
    "source", ["a.signature == b", "if given != self.csrf: pass", "x = hexdigest() == y"]
)
def test_such_a_comparison_would_be_seen(source: str) -> None:
    assert list(compared(source))


@pytest.mark.parametrize(
    "path", ["bot/slack/door.py", "webhooks/signature.py", "bot/pages/browser.py"]
)
def test_the_doors_compare_digests(path: str) -> None:
    assert "compare_digest(" in (ROOT / path).read_text()
