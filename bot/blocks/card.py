"""A monitor's first message: what is watched, how, for whom, and how to stop it."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from bot.blocks.elements import (
    context,
    frequency_in_words,
    local_time,
    mrkdwn,
    plain,
    plain_context,
    plain_sections,
    section,
    utc_time,
)
from bot.blocks.limits import UPDATE_TEXT_CHARACTERS
from bot.blocks.text import clip, counted, one_line, sendable, spoken
from monitors.model.card import Cancelled, Card, CardState, NotMade, SettingUp, Watching
from monitors.model.message import Block, Message
from monitors.model.price import usd_per_month

RUN_NOW: Final = "run_now"
CANCEL: Final = "cancel_monitor"

_QUERY_CHARACTERS: Final = 6000
_REASON_CHARACTERS: Final = 1000
_SPOKEN_QUERY_CHARACTERS: Final = 2000
_SHOWN_DOMAINS: Final = 10
_SHOWN_DOMAIN_CHARACTERS: Final = 80
_VALUE_CHARACTERS: Final = 2000
_USER_ID: Final = re.compile(r"[A-Z0-9]{2,40}")
_STOP_HINT: Final = "Reply `cancelmonitor` in this thread to stop."


def card_message(card: Card) -> Message:
    blocks = [
        *_query(card.query),
        *_state(card),
        *_asker(card),
        *plain_context(_settings(card)),
        *_controls(card.state),
    ]
    text = f"{_state_in_words(card)} {_quoted(card.query)}"
    return Message(text=spoken(clip(text, UPDATE_TEXT_CHARACTERS)), blocks=tuple(blocks))


def _query(query: str) -> list[Block]:
    """To the letter; longer than a message can be, it says how much is not shown."""
    whole = sendable(query)
    shown, rest = whole[:_QUERY_CHARACTERS], whole[_QUERY_CHARACTERS:]
    blocks = plain_sections(shown)
    return blocks + (
        plain_context([f"… and {counted(len(rest), 'more character')}"]) if rest else []
    )


def _quoted(query: str) -> str:
    return f"“{clip(one_line(query), _SPOKEN_QUERY_CHARACTERS)}”"


def _state(card: Card) -> list[Block]:
    match card.state:
        case SettingUp(trouble=trouble):
            return [section(mrkdwn("*Setting up…*")), *_reason(trouble or "")]
        case Watching(last_checked_at=at):
            checked = f"Last checked {local_time(at)}." if at else "The first check is under way."
            return [section(mrkdwn(f"*Watching* {_how_often(card)}. {checked}"))]
        case Cancelled():
            return [section(mrkdwn(f"*{_cancelled(card)}* Nothing more will be posted here."))]
        case NotMade(reason=reason):
            return [section(mrkdwn("*Not made.* Nothing is being watched.")), *_reason(reason)]
        case _:
            assert_never(card.state)


def _reason(text: str) -> list[Block]:
    return plain_sections(clip(sendable(text), _REASON_CHARACTERS))


def _state_in_words(card: Card) -> str:
    match card.state:
        case SettingUp(trouble=trouble):
            return f"Setting up…{f' {trouble.strip()}' if trouble else ''} The query:"
        case Watching(last_checked_at=at):
            checked = f" Last checked {utc_time(at)}." if at else ""
            return f"Watching {frequency_in_words(card.frequency)}.{checked} The query:"
        case Cancelled():
            return f"{_cancelled(card)} The query was:"
        case NotMade(reason=reason):
            return f"Not made: {clip(reason.strip(), _REASON_CHARACTERS)} The query was:"
        case _:
            assert_never(card.state)


def _how_often(card: Card) -> str:
    """For mrkdwn: words of ours only; an unknown frequency shows among the settings instead."""
    words = frequency_in_words(card.frequency)
    return words if re.fullmatch(r"[a-z0-9 ]+", words) else "as set at Parallel"


def _cancelled(card: Card) -> str:
    """Without naming the person: a second mention would ping."""
    by = card.state.by_user_id if isinstance(card.state, Cancelled) else None
    if by is None:
        return "Cancelled."
    return "Cancelled by the person who asked." if by == card.user_id else "Cancelled by a member."


def _asker(card: Card) -> list[Block]:
    if _USER_ID.fullmatch(card.user_id) is None:
        return []
    return [context(mrkdwn(f"Asked for by <@{card.user_id}>"))]


def _settings(card: Card) -> Iterator[str]:
    if isinstance(card.state, SettingUp | NotMade):
        yield f"Checks {frequency_in_words(card.frequency)}"
    elif _how_often(card) != frequency_in_words(card.frequency):
        yield f"Frequency: {frequency_in_words(card.frequency)}"
    if card.include_domains:
        yield f"Only from {_listed(card.include_domains)}"
    if card.exclude_domains:
        yield f"Not from {_listed(card.exclude_domains)}"
    if card.location:
        yield f"Country: {clip(card.location.upper(), _SHOWN_DOMAIN_CHARACTERS)}"
    if card.processor != "lite":
        yield f"Processor: {clip(card.processor, _SHOWN_DOMAIN_CHARACTERS)}"
    if isinstance(card.state, Watching | SettingUp):
        yield from _price(card)


def _listed(domains: Sequence[str]) -> str:
    shown = [clip(one_line(domain), _SHOWN_DOMAIN_CHARACTERS) for domain in domains]
    more = len(shown) - _SHOWN_DOMAINS
    return ", ".join(shown[:_SHOWN_DOMAINS]) + (f" and {more} more" if more > 0 else "")


def _price(card: Card) -> Iterator[str]:
    usd = usd_per_month(card.frequency, card.processor)
    if usd is not None:
        shown = f"about {usd:.2f}" if round(usd, 2) else "less than 0.01"
        yield f"Costs {shown} USD a month (estimate)"


def _controls(state: CardState) -> list[Block]:
    """Buttons only where there is a monitor to act on."""
    if not isinstance(state, Watching):
        return []
    value = sendable(state.monitor_id)[:_VALUE_CHARACTERS]
    buttons = [_button("Run now", RUN_NOW, value), _cancel_button(value)]
    return [{"type": "actions", "elements": buttons}, context(mrkdwn(_STOP_HINT))]


def _button(label: str, action_id: str, value: str) -> Block:
    return {"type": "button", "text": plain(label), "action_id": action_id, "value": value}


def _cancel_button(value: str) -> Block:
    confirm = {
        "title": plain("Cancel this monitor?"),
        "text": plain("It ends for good. What was found so far stays in this thread."),
        "confirm": plain("Cancel monitor"),
        "deny": plain("Keep watching"),
        "style": "danger",
    }
    return {**_button("Cancel", CANCEL, value), "style": "danger", "confirm": confirm}
