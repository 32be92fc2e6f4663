"""The answer to `/monitor list`: a page of monitors, each with what can be done with it."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from monitors.blocks.address import Address, parse_address
from monitors.blocks.elements import (
    confirm_cancel,
    context,
    frequency_in_words,
    plain,
    plain_context,
    section,
)
from monitors.blocks.headline import headline
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
from monitors.blocks.text import clip, counted, one_line, sendable
from monitors.model.codec import encode
from monitors.model.listing import Listed, ListedMonitor, MonitorPage
from monitors.model.local_time import local_time
from monitors.model.message import Block, Message
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.workspace import ThreadRef
from monitors.texts import list_texts

LIST_PAGES: Final = ("list_newer", "list_older")
OPEN_THREAD: Final = "open_thread"
CANCEL_LISTED: Final = "cancel_listed"

_QUERY_CHARACTERS: Final = 150
_LABEL_CHARACTERS: Final = 75
_VALUE_CHARACTERS: Final = 2000
_CHANNEL: Final = re.compile(r"[A-Z0-9]{2,40}")
_TS: Final = re.compile(r"\d{1,20}\.\d{1,10}")


def list_message(page: MonitorPage, *, prefix: str, said: str = "") -> Message:
    """This channel's monitors, then the person's own in others, each with its channel."""
    parts: list[Piece | Block] = list(plain_context([said]))
    if not page.total:
        parts.append(section(plain(_none(prefix))))
    for title, part in _parts(page):
        parts.append(section(plain(title)))
        for listed in part:
            parts += monitor_pieces(listed, at=page.at)
    if page.is_partial:
        parts += plain_context([list_texts.CHANNELS_UNKNOWN])
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


def page_blocks(page: MonitorPage, actions: tuple[str, str]) -> list[Block]:
    """Which part of the list is shown, and buttons for the parts beside it."""
    if not page.newer and not page.older:
        return []
    last = page.first + len(page.entries) - 1
    shown = f"{page.first:,} to {last:,} of {page.total:,}, newest first"
    return [context(plain(shown)), *pager(page.newer, page.older, actions)]


def pager(newer: str, older: str, actions: tuple[str, str]) -> list[Block]:
    """The buttons *Newer* and *Older*, where there is such a page."""
    labelled = zip(("Newer", "Older"), actions, (newer, older), strict=True)
    buttons = [
        {"type": "button", "text": plain(label), "action_id": action_id, "value": value}
        for label, action_id, value in labelled
        if value and len(value) <= _VALUE_CHARACTERS
    ]
    return [{"type": "actions", "elements": buttons}] if buttons else []


def monitor_pieces(
    listed: Listed, *, at: str, state: str = "", with_channel: bool = False
) -> list[Piece]:
    """Its query, state and last finding; then *Open thread* and *Cancel*."""
    query = shown_query(listed.monitor)
    pieces = rich_pieces(_lines(listed, query, state=state, with_channel=with_channel))
    buttons = list(_buttons(listed, query, at=at))
    if buttons:
        links = [str(each["url"]) for each in buttons if "url" in each]
        words = f"Thread: {links[0]}" if links else ""
        pieces.append(Piece({"type": "actions", "elements": buttons}, weight=0, words=words))
    return pieces


def shown_query(monitor: Monitor) -> str:
    return clip(one_line(sendable(monitor.query)), _QUERY_CHARACTERS) or "(no query)"


def monitor_line(monitor: Monitor) -> Line:
    """All of it in a line of a list, with a link to its thread."""
    home = monitor.home
    facts = " · ".join(_facts(Listed(monitor), ""))
    spans = [Span(shown_query(monitor), bold=True), *with_moments(f" · {facts} · ")]
    if home and _CHANNEL.fullmatch(home.thread.channel):
        spans += [Span(f"#{home.thread.channel}", channel=home.thread.channel), Span(" · ")]
    thread = thread_address(home.thread, home.team_id) if home else None
    spans.append(Span("Open thread", address=thread) if thread else Span("no thread"))
    return Line(tuple(spans), kind=LineKind.BULLET)


def _lines(listed: Listed, query: str, *, state: str, with_channel: bool) -> Iterator[Line]:
    home = listed.monitor.home
    yield plain_line(Span(query, bold=True))
    facts = " · ".join(_facts(listed, state))
    spans = list(with_moments(facts))
    if (listed.is_elsewhere or with_channel) and home and _CHANNEL.fullmatch(home.thread.channel):
        channel = home.thread.channel
        spans += [Span(" · "), Span(f"#{channel}", channel=channel)]
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
    yield frequency_in_words(monitor.frequency_when_on)
    if monitor.last_run_at is not None:
        yield f"last checked {local_time(monitor.last_run_at)}"


def _buttons(listed: Listed, query: str, *, at: str) -> Iterator[Block]:
    home = listed.monitor.home
    thread = _thread(listed, home) if home else None
    if home is None or thread is None:
        return
    yield {
        "type": "button",
        "text": plain("Open thread"),
        "action_id": OPEN_THREAD,
        "url": thread.url,
        "accessibility_label": clip(f"Open the thread of {query}", _LABEL_CHARACTERS),
    }
    value = encode(ListedMonitor(home.thread, sendable(listed.monitor.monitor_id), at))
    if listed.monitor.status is MonitorStatus.ACTIVE and len(value) <= _VALUE_CHARACTERS:
        yield {
            "type": "button",
            "text": plain("Cancel"),
            "action_id": CANCEL_LISTED,
            "value": value,
            "confirm": confirm_cancel(query),
            "accessibility_label": clip(f"Cancel {query}", _LABEL_CHARACTERS),
        }


def _thread(listed: Listed, home: MonitorHome) -> Address | None:
    """Exact, or one that opens the channel where Slack didn't give it."""
    exact = parse_address(listed.link or "")
    return exact or thread_address(home.thread, home.team_id)


def thread_address(thread: ThreadRef, team_id: str) -> Address | None:
    """A link that opens the thread in any client.

    `channel` and `team` are documented (https://docs.slack.dev/interactivity/deep-linking);
    `message_ts` is not; a client that doesn't know it opens the channel.
    """
    is_sound = _CHANNEL.fullmatch(thread.channel) and _TS.fullmatch(thread.ts)
    if not is_sound or not _CHANNEL.fullmatch(team_id):
        return None
    query = urlencode({"team": team_id, "channel": thread.channel, "message_ts": thread.ts})
    return Address(f"https://slack.com/app_redirect?{query}", "slack.com")
