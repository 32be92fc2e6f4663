"""The answer to `/monitor list`: a page of monitors, each with what can be done with it."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from monitors.blocks import kit
from monitors.blocks.address import Address, parse_address
from monitors.blocks.findings import headline
from monitors.blocks.limits import VALUE_CHARACTERS
from monitors.blocks.rich import (
    Line,
    LineKind,
    Piece,
    Span,
    message_of,
    plain_line,
    rich_pieces,
    with_moments,
)
from monitors.blocks.text import sendable, short
from monitors.model.codec import encode
from monitors.model.frequency import in_words
from monitors.model.listing import Listed, ListedMonitor, MonitorPage
from monitors.model.local_time import local_time
from monitors.model.message import Block, Message
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.words import counted
from monitors.texts import list_texts

LIST_PAGES: Final = ("list_newer", "list_older")
OPEN_THREAD: Final = "open_thread"
CANCEL_LISTED: Final = "cancel_listed"

_QUERY_CHARACTERS: Final = 150
_TS: Final = re.compile(r"\d{1,20}\.\d{1,10}")


def list_message(page: MonitorPage, *, prefix: str, said: str = "") -> Message:
    """This channel's monitors, then the person's own in others, each with its channel."""
    parts: list[Piece | Block] = list(kit.plain_context([said]))
    if not page.total:
        parts.append(kit.section(kit.plain(_none(prefix))))
    for title, part in _parts(page):
        parts.append(kit.own_section(f"*{title}*"))
        for listed in part:
            parts += monitor_pieces(listed, at=page.at)
    if page.is_partial:
        parts += kit.plain_context([list_texts.CHANNELS_UNKNOWN])
    return message_of([*parts, *page_blocks(page, LIST_PAGES)])


def _none(prefix: str) -> str:
    return (
        "There are no monitors in this channel, and you have none elsewhere. To start one, type: "
        f"/{prefix}monitor latest AI research papers"
    )


def _parts(page: MonitorPage) -> Iterator[tuple[str, list[Listed]]]:
    for title, is_elsewhere in (
        (f"{counted(page.here, 'monitor')} in this channel", False),
        (f"{counted(page.elsewhere, 'monitor')} of yours elsewhere", True),
    ):
        part = [each for each in page.entries if each.is_elsewhere is is_elsewhere]
        if part:
            yield title, part


def page_blocks(page: MonitorPage, presses: tuple[str, str]) -> list[Block]:
    """Which part of the list is shown, and buttons for the parts beside it."""
    if not page.newer and not page.older:
        return []
    last = page.first + len(page.entries) - 1
    shown = f"{page.first:,} to {last:,} of {page.total:,}, newest first"
    return [kit.context(kit.plain(shown)), *pager(page.newer, page.older, presses)]


def pager(newer: str, older: str, presses: tuple[str, str]) -> list[Block]:
    """The buttons *Newer* and *Older*, where there is such a page."""
    labelled = zip(("Newer", "Older"), presses, (newer, older), strict=True)
    return kit.actions(
        *(
            kit.button(label, action_id, value=value)
            for label, action_id, value in labelled
            if value and len(value) <= VALUE_CHARACTERS
        )
    )


def monitor_pieces(
    listed: Listed, *, at: str, state: str = "", with_channel: bool = False
) -> list[Piece]:
    """Its query, state and last finding; then *Open thread* and *Cancel*."""
    query = shown_query(listed.monitor)
    pieces = rich_pieces(_lines(listed, query, state=state, with_channel=with_channel))
    buttons = list(_buttons(listed, query, at=at))
    words = f"Thread: {buttons[0]['url']}" if buttons else ""
    return pieces + [Piece(row, weight=0, words=words) for row in kit.actions(*buttons)]


def shown_query(monitor: Monitor) -> str:
    return short(monitor.query, _QUERY_CHARACTERS) or "(no query)"


def monitor_line(monitor: Monitor) -> Line:
    """All of it in a line of a list, with a link to its thread."""
    home = monitor.home
    facts = " · ".join(_facts(Listed(monitor), ""))
    thread = thread_address(home) if home else None
    spans = [Span(shown_query(monitor), bold=True), *with_moments(f" · {facts} · ")]
    if channel := _channel(home):
        spans += [channel, Span(" · ")]
    spans.append(Span("Open thread", address=thread) if thread else Span("no thread"))
    return Line(tuple(spans), kind=LineKind.BULLET)


def _channel(home: MonitorHome | None) -> Span | None:
    channel = home.thread.channel if home else ""
    return Span(f"#{channel}", channel=channel) if kit.is_id(channel) else None


def _lines(listed: Listed, query: str, *, state: str, with_channel: bool) -> Iterator[Line]:
    yield plain_line(Span(query, bold=True))
    spans = list(with_moments(" · ".join(_facts(listed, state))))
    channel = _channel(listed.monitor.home)
    if channel and (listed.is_elsewhere or with_channel):
        spans += [Span(" · "), channel]
    yield Line(tuple(spans))
    if listed.newest is not None:
        last = [f"Last finding: {headline(each)}" for each in listed.newest]
        yield plain_line(*(last or ["No findings yet"]))


def _facts(listed: Listed, state: str) -> Iterator[str]:
    monitor = listed.monitor
    if state:
        yield state
    elif listed.cannot_post:
        yield "can't post in its channel"
    elif monitor.hold is None and monitor.status is MonitorStatus.ACTIVE:
        yield "watching"
    if monitor.status is MonitorStatus.CANCELLED:
        yield "cancelled"
    elif (hold := monitor.hold) is not None:
        yield f"snoozed until {local_time(hold.until)}" if hold.until else "paused"
    yield in_words(monitor.frequency_when_on)
    if monitor.last_run_at is not None:
        yield f"last checked {local_time(monitor.last_run_at)}"


def _buttons(listed: Listed, query: str, *, at: str) -> Iterator[Block]:
    """None for a monitor without a thread."""
    home = listed.monitor.home
    opens = open_thread(home, listed.link, read_out=f"Open the thread of {query}") if home else []
    if home is None or not opens:
        return
    yield from opens
    value = encode(ListedMonitor(home.thread, sendable(listed.monitor.monitor_id), at))
    if listed.monitor.status is MonitorStatus.ACTIVE and len(value) <= VALUE_CHARACTERS:
        asks = kit.confirm_cancel(query)
        yield kit.button(
            "Cancel", CANCEL_LISTED, value=value, asks=asks, read_out=f"Cancel {query}"
        )


def open_thread(home: MonitorHome, link: str | None = None, *, read_out: str = "") -> list[Block]:
    """A button: its `link` is exact; without one, it opens the channel at least."""
    thread = parse_address(link or "") or thread_address(home)
    return (
        [kit.button("Open thread", OPEN_THREAD, url=thread.url, read_out=read_out)]
        if thread
        else []
    )


def thread_address(home: MonitorHome) -> Address | None:
    """A link that opens the thread in any client.

    `channel` and `team` are documented (https://docs.slack.dev/interactivity/deep-linking);
    `message_ts` is not; a client that doesn't know it opens the channel.
    """
    channel, ts, team = home.thread.channel, home.thread.ts, home.team_id
    if not (kit.is_id(channel) and kit.is_id(team) and _TS.fullmatch(ts)):
        return None
    query = urlencode({"team": team, "channel": channel, "message_ts": ts})
    return Address(f"https://slack.com/app_redirect?{query}", "slack.com")
