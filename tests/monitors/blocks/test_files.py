"""A history as rows and an answer as Markdown: nothing that Parallel said is missing."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest

from monitors.blocks.files import answer_file, history_file
from monitors.model.event import Execution, HistoryEntry, MonitorEvent, Part, Source
from monitors.model.monitor import Monitor, MonitorStatus
from tests.monitors.blocks.arrange import HOSTILE, event, group

MONITOR = Monitor(
    "monitor_1", MonitorStatus.ACTIVE, "", "q", "", "", created_at=None, last_run_at=None
)
AT = datetime(2026, 11, 26, 15, 20, 5, tzinfo=UTC)
FINDINGS = (
    event("**Bold** news with [a link](https://a.example/x)"),
    event((Part("2026-11-26", "release_date"), Part("- Ada\n- Ben", "who"))),
    event((Part("2", "price", "1"), Part("Cleo", "ceo", ""))),
    event("{}", unknown_type="event_of_next_year"),
)


def rows(*entries: HistoryEntry, is_whole: bool = True) -> list[list[str]]:
    content = history_file(MONITOR, entries, is_whole=is_whole).content
    assert content.startswith("\ufeffWhat,")
    return list(csv.reader(StringIO(content, newline="")))[1:]


def test_each_kind_of_finding_has_its_words_in_a_row() -> None:
    found = [row[3] for row in rows(*FINDINGS)]
    assert found == [
        "Bold news with a link (https://a.example/x)",
        "release date: 2026-11-26\nwho: \n• Ada\n• Ben",
        "price: 1 → 2\nceo (new): Cleo",
        "Parallel sent a new kind of update (event_of_next_year):\n{}",
    ]


def test_checks_have_their_moment_and_failures_their_reason() -> None:
    assert rows(Execution(AT), Execution(AT, "no answer"), Execution(None, "")) == [
        ["Nothing new", "2026-11-26 15:20:05"],
        ["Check failed", "2026-11-26 15:20:05", "", "no answer"],
        ["Check failed", "", "", ""],
    ]


def test_a_file_that_is_not_whole_says_so_at_its_end() -> None:
    assert "Only the latest 1 entries" in rows(Execution(AT), is_whole=False)[-1][0]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_the_web_wrote_stays_in_its_cell(hostile: str) -> None:
    (row,) = rows(event(hostile, Source(hostile, hostile)))
    assert len(row) == 6
    assert not any(cell.lstrip()[:1] in set("=+-@") for cell in row if cell)


@pytest.mark.parametrize("found", FINDINGS)
def test_an_answer_is_markdown_with_its_title_and_sources(found: MonitorEvent) -> None:
    answer = replace(found, sources=(Source("https://a.example/x", "A *title*"),))
    content = answer_file(replace(group(answer), title="Research on “x”")).content
    assert content.startswith("# Research on “x”\n\n")
    assert content.endswith("## Sources\n\n- A *title*\n  https://a.example/x\n")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("हिन्दी समाचार", "हिन्दी-समाचार.csv"),
        ("ข่าวภาษาไทย", "ข่าวภาษาไทย.csv"),
        ("Cafe\u0301 news", "cafe\u0301-news.csv"),
        ("\u2764\ufe0f news", "news.csv"),
        ("latest AI research papers", "latest-ai-research-papers.csv"),
        ("../../etc/passwd", "etc-passwd.csv"),
        ("新しい論文 核融合", "新しい論文-核融合.csv"),
        ("?!", "threadwatch.csv"),
        ("", "threadwatch.csv"),
        (f"{'word ' * 30}", f"{'-'.join(['word'] * 12)}.csv"),
        ("a" * 100, f"{'a' * 60}.csv"),
    ],
)
def test_a_file_is_named_after_its_query(query: str, name: str) -> None:
    assert history_file(replace(MONITOR, query=query), [], is_whole=True).name == name
