"""`make count`: the size and shape of the app, beside what it should stay under."""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("bot", "webhooks", "monitors")
LONGEST_MODULE: Final = 350


class UnknownShapeError(Exception):
    """The code no longer looks as this program reads it; the text says where."""


def modules() -> dict[str, str]:
    files = (file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")))
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in files}


def is_protocol(node: ast.AST) -> bool:
    """`Protocol` or `Protocol[T]`, with or without its module."""
    return isinstance(node, ast.ClassDef) and any(
        ast.unparse(base).partition("[")[0].rpartition(".")[2] == "Protocol" for base in node.bases
    )


def is_table(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and "METADATA" in map(ast.unparse, node.args)


def job_kinds(nodes: Sequence[ast.AST]) -> set[str]:
    """What the wiring's `job_kinds` lists, and the job that runs what people ask for."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.name == "job_kinds":
            return {"intent", *_keys(node)}
    raise UnknownShapeError("No function `job_kinds` in bot lists the kinds of jobs.")


def _keys(node: ast.AST) -> Iterator[str]:
    for table in ast.walk(node):
        if isinstance(table, ast.Dict):
            for key in table.keys:
                if isinstance(key, ast.Constant):
                    yield str(key.value)


def counts() -> dict[str, tuple[int, int]]:
    """What is counted: how many there are, and how many there should be at most."""
    texts = modules()
    nodes = [node for text in texts.values() for node in ast.walk(ast.parse(text))]
    long = [name for name, text in texts.items() if text.count("\n") > LONGEST_MODULE]
    return {
        "lines of bot, webhooks, monitors": (
            sum(text.count("\n") for text in texts.values()),
            16_000,
        ),
        "Protocols": (sum(map(is_protocol, nodes)), 15),
        "SQL tables": (sum(map(is_table, nodes)), 7),
        "kinds of jobs": (len(job_kinds(nodes)), 7),
        f"modules over {LONGEST_MODULE} lines": (len(long), 0),
    }


def main() -> None:
    sys.stdout.write(
        f"| {'what':<32} | {'is':>6} | {'at most':>7} |\n|{'-' * 34}|{'-' * 7}:|{'-' * 8}:|\n"
    )
    for what, (count, most) in counts().items():
        sys.stdout.write(f"| {what:<32} | {count:>6,} | {most:>7,} |\n")


if __name__ == "__main__":
    main()
