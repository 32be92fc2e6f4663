"""What people type after `/monitor`, and what it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.model.command import (
    BadCommand,
    MonitorCommand,
    is_control_word,
    parse_monitor_command,
)
from monitors.model.frequency import DAILY, HOURLY, Frequency
from monitors.model.monitor import MonitorSpec

SIX_HOURS = Frequency(6, "h")
anything = st.text(alphabet=st.characters(codec=None))
_WORDS = [
    "--",
    "every",
    "6h",
    "=",
    "deep",
    "from",
    "sec.gov",
    ",",
    " ",
    "in",
    "not",
    "us",
    "backfill",
    "x",
    "-",
    "'",
    "<",
    "&lt;",
]
_TYPOGRAPHY = ["\u2014", "\u2013 ", "\u201c", "\u201d", "\n"]
flag_like = st.lists(st.sampled_from([*_WORDS, *_TYPOGRAPHY, "<http://sec.gov|sec.gov>"])).map(
    "".join
)


def parse(text: str) -> MonitorCommand:
    return parse_monitor_command(text, default=DAILY)


def started(text: str) -> MonitorSpec:
    command = parse(text)
    assert isinstance(command, MonitorSpec)
    assert command.query
    return command


def refused(text: str) -> str:
    command = parse(text)
    assert isinstance(command, BadCommand)
    return command.explanation


@pytest.mark.parametrize(
    "query",
    [
        "latest AI research papers",
        "daily active users of Threads",
        "payload schema changes",
        "list of new listings",
        "help wanted ads",
        '"exact words"',
        "“exact words”",
        "one\n\ntwo\n  three",
        "\u200fأخبار اليوم",  # noqa: RUF001 - Arabic is what is meant
        "👩‍👩‍👧 news é",
        "-x news",
        "--5 degrees",
        "a — b -- c",
        "news --every 1h --deep",
        "x" * 3000,
        "a & b",
        "every 6h news",
    ],
)
def test_a_query_is_kept_to_the_letter(query: str) -> None:
    assert started(query) == MonitorSpec(query=query, frequency=DAILY)


def test_the_space_around_a_query_is_no_part_of_it() -> None:
    assert started(" \n\u00a0news \t").query == "news"


def test_the_default_frequency_is_the_commands() -> None:
    command = parse_monitor_command("news", default=HOURLY)
    assert command == MonitorSpec(query="news", frequency=HOURLY)


def test_all_flags_together() -> None:
    text = "--every 6h --deep --from sec.gov --not reddit.com --in us --backfill the query"
    assert started(text) == MonitorSpec(
        query="the query",
        frequency=SIX_HOURS,
        processor="base",
        include_domains=("sec.gov",),
        exclude_domains=("reddit.com",),
        location="us",
        backfill=True,
    )


@pytest.mark.parametrize(
    "flag",
    [
        "--every 6h",
        "--every=6h",
        "--every = 6h",
        "--EVERY 6H",
        "—every 6h",
        "\u2013every 6h",
        "——every 6h",
        "— every 6h",
        "\u2013 every=6h",
        '--every "6h"',
        "--every “6h”",
        "—every ‘6h’",  # noqa: RUF001 - as Slack's clients write it
        "--every=„6h“",
        "--every\n6h",
        "\ufeff--every 6h",
        "\u200e--every\u200b 6h\u200b",
        "\uff0d\uff0d\uff45very\u3000\uff16h",
        "--every “6h",
        "  --every\u00a06h",
    ],
)
def test_flags_are_read_as_slacks_clients_write_them(flag: str) -> None:
    assert started(f"{flag} news") == MonitorSpec(query="news", frequency=SIX_HOURS)


@pytest.mark.parametrize(
    ("flags", "domains"),
    [
        ("--from sec.gov", ("sec.gov",)),
        ("--from sec.gov,ft.com", ("sec.gov", "ft.com")),
        ("--from sec.gov, ft.com", ("sec.gov", "ft.com")),
        ("--from sec.gov , ft.com", ("sec.gov", "ft.com")),
        ("--from sec.gov ,ft.com", ("sec.gov", "ft.com")),
        ("--from sec.gov\uff0c ft.com", ("sec.gov", "ft.com")),
        ("--from sec.gov --from ft.com", ("sec.gov", "ft.com")),
        ("--from SEC.gov --from sec.gov", ("sec.gov",)),
        ("--from <http://sec.gov|sec.gov>", ("sec.gov",)),
        ("--from <http://sec.gov|sec.gov>,<http://ft.com|ft.com>", ("sec.gov", "ft.com")),
        ("--from <https://www.sec.gov/>", ("www.sec.gov",)),
        ('--from "sec.gov, ft.com"', ("sec.gov", "ft.com")),
        ("--from .gov", (".gov",)),
        ("--from .co.uk", (".co.uk",)),
        ("--from bücher.example", ("xn--bcher-kva.example",)),
    ],
)
def test_domains_may_be_many_and_come_as_links(flags: str, domains: tuple[str, ...]) -> None:
    assert started(f"{flags} news") == MonitorSpec(query="news", include_domains=domains)


@pytest.mark.parametrize(("text", "code"), [("us", "us"), ("DE", "de"), ("uk", "gb")])
def test_a_country_is_a_two_letter_code(text: str, code: str) -> None:
    assert started(f"--in {text} news").location == code


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("-- list", "list"),
        ("-- --every day news", "--every day news"),
        ("— list", "list"),
        ("--deep -- --in us", "--in us"),
        ("— every day news", "every day news"),
        ("\u2013 in the news", "in the news"),
    ],
)
def test_a_dash_alone_ends_the_flags(text: str, query: str) -> None:
    assert started(text).query == query


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("--evry 6h news", "I don't know --evry. Did you mean --every?"),
        ("—frequency 6h news", "Did you mean --every?"),
        ("--hourly news", "Did you mean --every?"),
        ("--country us news", "Did you mean --in?"),
        ("--zzz news", "Options: --every, --deep, --from, --not, --in, --backfill."),
        ("--every often news", "“often” isn't a frequency"),
        ("--every 0h news", "from 1h to 30d"),
        ("--every 31d news", "from 1h to 30d"),
        ("--every 5w news", "from 1h to 30d"),
        ("--every", "--every needs a value, like --every 6h"),
        ("--every --deep news", "--every needs a value"),
        ("--from= ", "--from needs a value"),
        ("--from ,", "--from needs a value"),
        ("--from , news", "“news” isn't a website"),
        ("--from localhost news", "separate several with commas. For example: --from sec.gov"),
        ("--from sec.gov/edgar news", "“sec.gov/edgar” isn't a website"),
        ("--not a..b news", "“a..b” isn't a website"),
        ("--not 10.0.0.1 news", "“10.0.0.1” isn't a website"),
        ("--in usa news", "“usa” isn't a country code"),
        ("--in zz news", "For example: --in us"),
        ("--deep=yes news", "--deep doesn't take a value"),
        ("--from a.example --not a.example news", "Keep one."),
    ],
)
def test_what_cannot_be_taken_is_explained(text: str, hint: str) -> None:
    assert hint in refused(text)


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("--EVRY 6h news", "--every 6h news"),
        ("--from evry.com --evry 6h news", "--from evry.com --every 6h news"),
        ("--from 9h.com --every 9hours news", "--from 9h.com --every 9h news"),
        ("--every 6 hours news", "--every 6h news"),
        ("—every “2 weeks” news", "—every 2w news"),
        ("--every 90m news", "--every 2h news"),
        ("--every 120 minutes news", "--every 2h news"),
        ("--every day news", "--every 1d news"),
        ("--every 6 news", ""),
        ("--no-deep news", ""),
        ("--delivery daily news", ""),
        ("--every 6 hourly news", ""),
        ("--interval 5m news", "--every 1h news"),
        (
            "--hourly --form sec.gov --evry 90m news",
            "--every hourly --from sec.gov --every 2h news",
        ),
        ("--region usa news", ""),
        ("--notify me news", ""),
        ("--every 90m --forever news", ""),
    ],
)
def test_what_was_probably_meant_is_offered_if_it_would_be_taken(text: str, corrected: str) -> None:
    command = parse(text)
    assert isinstance(command, BadCommand)
    assert command.corrected == corrected
    assert not corrected or isinstance(parse(corrected), MonitorSpec)


def test_a_command_full_of_mistakes_costs_no_more_than_some_corrections() -> None:
    command = parse("--evry 6h " * 900 + "news")
    assert isinstance(command, BadCommand)
    assert command.corrected == ""


def test_two_hundred_domains_are_taken_and_one_more_is_not() -> None:
    domains = [f"site{number}.example" for number in range(201)]
    taken = started(f"--from {','.join(domains[:150])} --not {','.join(domains[150:200])} news")
    assert len(taken.include_domains) + len(taken.exclude_domains) == 200
    assert "201 websites" in refused(f"--from {','.join(domains)} news")


def test_an_explanation_does_not_repeat_a_long_text() -> None:
    for flag in ("every ", "in ", "from ", ""):
        assert len(refused(f"--{flag}{'x' * 3000} news")) < 400


@pytest.mark.parametrize("text", ["list", " LIST ", "\nList\n"])
def test_list_as_the_whole_text_lists(text: str) -> None:
    assert parse(text) == "list"


@pytest.mark.parametrize(
    "text",
    [
        "Cancel!",
        "please stop",
        "stop watching it",
        "unpause",
        "--every 6h stop",
        "Stop all?",
        "stop\nit",
    ],
)
def test_a_lone_control_word_is_known_whatever_stands_around_it(text: str) -> None:
    assert is_control_word(started(text).query)


@pytest.mark.parametrize("text", ["help", " Help ", "?", "\uff1f", "-h", "--help", "\u2014help"])
def test_help_as_the_whole_text_helps(text: str) -> None:
    assert parse(text) == "help"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t\u00a0",
        "\u200b\u2060",
        "\u3164\u2800",
        "…",
        '--deep ""',
        "--",
        "—",
        "--every 6h --deep",
    ],
)
def test_without_a_query_there_is_nothing_to_watch(text: str) -> None:
    command = parse(text)
    assert isinstance(command, MonitorSpec)
    assert not command.query


def test_a_query_means_what_was_typed_not_what_slack_made_of_it() -> None:
    text = "&lt;b&gt; R&amp;D by <@U1|ann> in <#C1|general> on <http://sec.gov|sec.gov>"
    assert started(text).query == "<b> R&D by @ann in #general on sec.gov"


@given(anything | flag_like)
def test_no_text_breaks_the_parser(text: str) -> None:
    command = parse(text)
    if isinstance(command, MonitorSpec):
        assert command.query == command.query.strip()
    if isinstance(command, BadCommand):
        assert command.explanation


@given(st.text(alphabet=st.characters(exclude_characters="&<>")).map(str.strip), flag_like)
def test_flags_never_change_the_query_after_them(query: str, flags: str) -> None:
    before = parse(f"{flags} -- x")
    if isinstance(before, MonitorSpec) and before.query == "x" and query:
        after = parse(f"{flags} -- {query}")
        assert isinstance(after, MonitorSpec)
        assert after.query in {"", query}
