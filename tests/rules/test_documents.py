"""What README and docs name exists: files, headings, make targets, commands, variables."""

import re
from pathlib import Path
from typing import Final

import pytest

from bot.cli.main import app
from monitors.settings import Settings
from tests.proof import kinds

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [
    *(ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")),
    *sorted((ROOT / ".github").rglob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "tests" / "contracts").rglob("*.md")),
]
_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
# A table's last column that names tests; paths of tests, of tests/flows/ where there is no folder.
_NAMES_TESTS: Final = re.compile(r"\| (held by|test) \|$")
_TEST: Final = re.compile(r"`((?:tests/[\w/]+/)?test_\w+\.py|tests/[\w/]+\.py)`")
_UNTESTED: Final = re.compile("not tested here|untested")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


def commands() -> set[str]:
    """Groups of commands among them."""
    groups = {str(group.name) for group in app.registered_groups}
    return groups | {
        info.name or info.callback.__name__ for info in app.registered_commands if info.callback
    }


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(page.read_text())
    }


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def leads_somewhere(link: str, page: Path) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    inside = target.is_relative_to(ROOT) and target.exists()
    return inside and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in links if not leads_somewhere(link, page)] == []


def promises(page: Path) -> list[str]:
    """Rows of the tables whose last column names tests; of one, without the column's name."""
    rows: list[str] = []
    names_tests = False
    for line in page.read_text().splitlines():
        if _NAMES_TESTS.search(line):
            names_tests = True
        elif not line.startswith("|"):
            names_tests = False
        elif names_tests and not set(line) <= set("|-"):
            rows.append(line)
    return rows


def lacks(row: str) -> list[str]:
    """What a row's last cell names and is not there; a cell that names nothing must say why."""
    cell = row.rsplit("|", maxsplit=2)[1]
    named = [
        ROOT / (path if "/" in path else f"tests/flows/{path}") for path in _TEST.findall(cell)
    ]
    missing = [str(path) for path in named if not path.is_file()]
    text = "".join(path.read_text() for path in named if path.is_file())
    names = " ".join(re.findall(r"def test_(\w+)", text))
    words = [re.sub(r"[ -]", "_", each.lower()) for each in re.findall(r"\*([^*]+)\*", cell)]
    missing += [each for each in words if each not in names and "flood's" not in cell]
    if not named and not _UNTESTED.search(cell):
        missing.append(f"a test for {row}")
    return missing


@pytest.mark.parametrize("name", ["features", "security"])
def test_every_promise_names_a_test_that_is_there(name: str) -> None:
    rows = promises(ROOT / "docs" / f"{name}.md")
    assert len(rows) > 40
    assert [(row[:60], missing) for row in rows if (missing := lacks(row))] == []


def test_every_row_of_features_is_a_promise() -> None:
    page = ROOT / "docs" / "features.md"
    rows = [
        line for line in page.read_text().splitlines() if line.startswith("|") and "---" not in line
    ]
    assert [row for row in rows if row not in promises(page) and not _NAMES_TESTS.search(row)] == []


def test_each_test_file_belongs_to_one_kind_of_the_proof() -> None:
    """The stand-ins' own tests and the chaos run's are not about the app."""
    tests = ROOT / "tests"
    found = {str(path.relative_to(tests)) for path in tests.rglob("test_*.py")}
    about_the_app = {path for path in found if not path.startswith(("sandbox/", "chaos/"))}
    assert sorted(file for kind in kinds() for file in kind.files) == sorted(about_the_app)


def test_reliability_shows_the_table_that_the_proof_prints() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text()
    for kind in kinds():
        assert re.search(
            rf"^\| {re.escape(f'{kind.name} | {kind.tried}')} \| [\d,]+ \| 0 \|$",
            page,
            re.MULTILINE,
        )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_path_named_in_code_is_there(page: Path) -> None:
    rooms = "bot|webhooks|monitors|sandbox|tests|docs"
    paths = re.findall(rf"`((?:{rooms})/[\w./-]*|\.[a-z][\w./-]*)`", page.read_text())
    made_on_the_way = {".env", ".venv", ".data"}
    assert [
        path for path in paths if path not in made_on_the_way and not (ROOT / path).exists()
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_named_is_one(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", page.read_text(), re.MULTILINE))
    assert asked - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_threadwatch_command_named_is_one(page: Path) -> None:
    asked = set(re.findall(r"[`/]threadwatch ([a-z]+)", page.read_text()))
    assert asked - commands() == set()


def test_readme_names_the_commands_that_matter() -> None:
    text = (ROOT / "README.md").read_text()
    for target in ("demo", "test", "check", "bench", "serve"):
        assert f"make {target}" in text


def test_operations_names_every_command() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    assert {name for name in commands() if f"`threadwatch {name}" not in text} == set()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_variable_named_is_one(page: Path) -> None:
    known = {name.upper() for name in Settings.model_fields}
    prefixes = {name.partition("_")[0] for name in known}
    asked = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", page.read_text()))
    assert {name for name in asked if name.partition("_")[0] in prefixes} - known == set()


def test_a_picture_of_the_demo_is_small_enough_for_a_readme() -> None:
    picture = ROOT / "docs" / "images" / "demo.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 300_000


def test_every_decision_has_its_number_in_file_and_title() -> None:
    for at, page in enumerate(sorted((ROOT / "docs" / "decisions").glob("*.md")), start=1):
        assert page.name.startswith(f"{at:04d}-")
        assert page.read_text().startswith(f"# {at}. ")


def test_architecture_draws_the_import_order_that_the_linter_keeps() -> None:
    kept = (ROOT / ".importlinter").read_text()
    layers = kept[kept.index("    bot.cli\n") :].partition("\n\n")[0]
    assert layers in (ROOT / "docs" / "architecture.md").read_text()
