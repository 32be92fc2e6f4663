"""What should stand in the threads, held against what does."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.chaos.world import MessageSeen, MonitorSeen

TAG: Final = re.compile(r"finding-\d{4,}-\d{5,}-[0-9a-f]{8}")
WATCHING: Final = "Watching"


@dataclass(frozen=True, slots=True)
class Typed:
    """A command and its channel. One that answered an error may have been taken all the same."""

    team_id: str
    channel: str
    thread: int
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class Made:
    """A finding that Parallel has, in Unix time."""

    tag: str
    made_at: float


@dataclass(slots=True)
class Verdict:
    """What is wrong, in words that name the finding or channel; empty lists when all is well."""

    lost: list[str] = field(default_factory=list[str])
    repeated: list[str] = field(default_factory=list[str])
    out_of_order: list[str] = field(default_factory=list[str])
    misplaced: list[str] = field(default_factory=list[str])
    cards: list[str] = field(default_factory=list[str])
    slowest: tuple[float, str] = (0.0, "")
    """Its seconds, and which it was."""
    delays: list[float] = field(default_factory=list[float])

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.repeated or self.out_of_order or self.misplaced or self.cards)

    def problems(self) -> list[str]:
        return [
            *(f"lost: {each}" for each in self.lost),
            *(f"repeated: {each}" for each in self.repeated),
            *(f"out of order: {each}" for each in self.out_of_order),
            *(f"in a wrong place: {each}" for each in self.misplaced),
            *(f"card or monitor: {each}" for each in self.cards),
        ]


Channels = Mapping[str, Sequence[MessageSeen]]


def judge(
    typed: Sequence[Typed],
    made: Mapping[str, Sequence[Made]],
    monitors: Sequence[MonitorSeen],
    seen: Mapping[str, Channels],
) -> Verdict:
    """`made` by channel, in Parallel's order; `seen` by team and channel."""
    verdict = Verdict()
    home = {finding.tag: channel for channel, those in made.items() for finding in those}
    for team_id, channels in seen.items():
        for channel, messages in channels.items():
            for message in messages:
                for tag in TAG.findall(message.text):
                    if home.get(tag) != channel or not message.is_reply:
                        verdict.misplaced.append(f"{tag} in {team_id} {channel} {message.ts}")
    for command in typed:
        messages = seen.get(command.team_id, {}).get(command.channel, [])
        _judge_card(verdict, command, messages, monitors)
        _judge_thread(verdict, command, messages, made.get(command.channel, []))
    return verdict


def _judge_card(
    verdict: Verdict,
    command: Typed,
    messages: Sequence[MessageSeen],
    monitors: Sequence[MonitorSeen],
) -> None:
    """One card and one monitor that name each other; none of either if it was not acknowledged."""
    cards = [message for message in messages if message.bot_id and not message.is_reply]
    here = [each for each in monitors if _lives_in(each, command.channel)]
    if not command.acknowledged and not cards and not here:
        return
    place = f"thread {command.thread} in {command.team_id} {command.channel}"
    if (len(cards), len(here)) != (1, 1):
        verdict.cards.append(f"{place}: {len(cards)} cards, {len(here)} monitors")
        return
    (card,), (monitor,) = cards, here
    metadata = monitor.metadata
    if metadata is None or (metadata.slack_thread_id, metadata.slack_team_id) != (
        card.ts,
        command.team_id,
    ):
        verdict.cards.append(f"{place}: {monitor.monitor_id} names another thread or workspace")
    elif monitor.status != "active":
        verdict.cards.append(f"{place}: {monitor.monitor_id} is {monitor.status}")
    elif not card.text.startswith(WATCHING):
        verdict.cards.append(f"{place}: the card says {card.text[:80]!r}")


def _lives_in(monitor: MonitorSeen, channel: str) -> bool:
    return monitor.metadata is not None and monitor.metadata.slack_channel_id == channel


def _judge_thread(
    verdict: Verdict, command: Typed, messages: Sequence[MessageSeen], made: Sequence[Made]
) -> None:
    place = f"thread {command.thread} in {command.team_id} {command.channel}"
    standing = [
        (tag, float(message.ts))
        for message in messages
        if message.is_reply
        for tag in TAG.findall(message.text)
    ]
    first: dict[str, float] = {}
    for tag, at in standing:
        if tag in first:
            verdict.repeated.append(f"{tag}, {place}, {first[tag]:f} and {at:f}")
        else:
            first[tag] = at
    for finding in made:
        if finding.tag not in first:
            verdict.lost.append(f"{finding.tag}, {place}")
            continue
        delay = first[finding.tag] - finding.made_at
        verdict.delays.append(delay)
        verdict.slowest = max(verdict.slowest, (delay, f"{finding.tag}, {place}"))
    wanted = [finding.tag for finding in made if finding.tag in first]
    rank = {tag: number for number, tag in enumerate(wanted)}
    highest = -1
    for tag in first:
        if tag not in rank:
            continue
        if rank[tag] < highest:
            verdict.out_of_order.append(f"{tag} after {wanted[highest]}, {place}")
        highest = max(highest, rank[tag])
