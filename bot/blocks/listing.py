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
from monitors.model.message import Block, Message
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.workspace import ThreadRef

_QUERY_CHARACTERS: Final = 150
_CHANNEL: Final = re.compile(r"[A-Z0-9]{2,40}")
_TS: Final = re.compile(r"\d{1,20}\.\d{1,10}")


def list_message(
    here: Sequence[Monitor], elsewhere: Sequence[Monitor], *, start_command: str
) -> Message:
    """`elsewhere` are the person's own in other channels, each with its channel."""
    if not here and not elsewhere:
        return _none(start_command)
    lines = [monitor_line(monitor) for monitor in here]
    others = [monitor_line(monitor, with_channel=True) for monitor in elsewhere]
    shown = _that_fit([*lines, *others])
    blocks: list[Block] = []
    words: list[str] = []
    for title, part in (
        (f"{counted(len(here), 'monitor')} in this channel", shown[: len(lines)]),
        (f"{counted(len(elsewhere), 'monitor')} of yours elsewhere", shown[len(lines) :]),
    ):
        if part:
            pieces = rich_pieces(part)
            blocks += [section(plain(title)), *(piece.block for piece in pieces)]
            words += [title, *(piece.words for piece in pieces)]
    more = len(lines) + len(others) - len(shown)
    rest = [f"and {more:,} more"] if more else []
    text = spoken("\n".join([*words, *rest]))
    return Message(text=text, blocks=(*blocks, *plain_context(rest)))


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


def monitor_line(monitor: Monitor, *, state: str = "", with_channel: bool = False) -> Line:
    """Its query, its settings with `state` before them, its channel, a link to its thread."""
    query = clip(one_line(sendable(monitor.query)), _QUERY_CHARACTERS) or "(no query)"
    facts = " · ".join([*([state] if state else []), *_facts(monitor)])
    spans = [Span(query, bold=True), *with_moments(f" · {facts} · ")]
    home = monitor.home
    thread = thread_address(home.thread, home.team_id) if home else None
    if with_channel and home and _CHANNEL.fullmatch(home.thread.channel):
        spans += [Span(f"#{home.thread.channel}", channel=home.thread.channel), Span(" · ")]
    spans.append(Span("Open thread", address=thread) if thread else Span("no thread"))
    return Line(tuple(spans), kind=LineKind.BULLET)


def _facts(monitor: Monitor) -> Iterator[str]:
    if monitor.status is MonitorStatus.CANCELLED:
        yield "cancelled"
    elif (hold := monitor.hold) is not None:
        yield f"snoozed until {local_time(hold.until)}" if hold.until else "paused"
    yield frequency_in_words(monitor.frequency_when_on)
    if monitor.last_run_at is not None:
        yield f"last checked {local_time(monitor.last_run_at)}"


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
