"""The answer to `/monitor list`."""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlencode

from bot.blocks.address import Address
from bot.blocks.elements import frequency_in_words, plain, plain_context, section
from bot.blocks.limits import MESSAGE_WEIGHT
from bot.blocks.rich import Line, LineKind, Span, rich_pieces, with_moments
from bot.blocks.text import clip, counted, one_line, sendable, spoken
from monitors.model.local_time import local_time
from monitors.model.message import Message
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.workspace import ThreadRef

_QUERY_CHARACTERS: Final = 150
_CHANNEL: Final = re.compile(r"[A-Z0-9]{2,40}")
_TS: Final = re.compile(r"\d{1,20}\.\d{1,10}")


def list_message(monitors: Sequence[Monitor], *, start_command: str) -> Message:
    if not monitors:
        return _none(start_command)
    title = f"{counted(len(monitors), 'monitor')} in this channel or started by you"
    shown = _that_fit([monitor_line(monitor) for monitor in monitors])
    more = len(monitors) - len(shown)
    rest = [f"and {more:,} more"] if more else []
    pieces = rich_pieces(shown)
    blocks = [section(plain(title)), *(piece.block for piece in pieces), *plain_context(rest)]
    words = [title, *(piece.words for piece in pieces), *rest]
    return Message(text=spoken("\n".join(words)), blocks=tuple(blocks))


def _none(start_command: str) -> Message:
    words = (
        "There are no monitors in this channel, and you have none elsewhere. To start one, type: "
        f"{start_command} latest AI research papers"
    )
    return Message(text=spoken(words), blocks=(section(plain(words)),))


def _that_fit(lines: Sequence[Line]) -> list[Line]:
    shown: list[Line] = []
    room = MESSAGE_WEIGHT
    for line in lines:
        room -= line.weight
        if room < 0:
            break
        shown.append(line)
    return shown


def monitor_line(monitor: Monitor, *, state: str = "") -> Line:
    """Its query, its settings with `state` before them, and a link to its thread."""
    query = clip(one_line(sendable(monitor.query)), _QUERY_CHARACTERS) or "(no query)"
    facts = " · ".join([*([state] if state else []), *_facts(monitor)])
    spans = [Span(query, bold=True), *with_moments(f" · {facts} · ")]
    home = monitor.home
    thread = _thread(home.thread, home.team_id) if home else None
    spans.append(Span("Open thread", address=thread) if thread else Span("no thread"))
    return Line(tuple(spans), kind=LineKind.BULLET)


def _facts(monitor: Monitor) -> Iterator[str]:
    if monitor.status is MonitorStatus.CANCELLED:
        yield "cancelled"
    yield frequency_in_words(monitor.frequency)
    if monitor.last_run_at is not None:
        yield f"last checked {local_time(monitor.last_run_at)}"


def _thread(thread: ThreadRef, team_id: str) -> Address | None:
    """A link that opens the thread in any client.

    `channel` and `team` are documented (https://docs.slack.dev/interactivity/deep-linking);
    `message_ts` is not; a client that doesn't know it opens the channel.
    """
    is_sound = _CHANNEL.fullmatch(thread.channel) and _TS.fullmatch(thread.ts)
    if not is_sound or not _CHANNEL.fullmatch(team_id):
        return None
    query = urlencode({"team": team_id, "channel": thread.channel, "message_ts": thread.ts})
    return Address(f"https://slack.com/app_redirect?{query}", "slack.com")
