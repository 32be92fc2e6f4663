"""A monitor's first message: its query, settings and state, who started it, and how to stop it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final, assert_never

from monitors.blocks import kit
from monitors.blocks.limits import CONTEXT_CHARACTERS, UPDATE_TEXT_CHARACTERS, VALUE_CHARACTERS
from monitors.blocks.rich import verbatim
from monitors.blocks.text import clip, from_the_web, one_line, quoted, sendable, spoken
from monitors.model.card import Cancelled, Card, CardState, NotMade, OnHold, SettingUp, Watching
from monitors.model.frequency import BadFrequencyError, Frequency, in_words
from monitors.model.local_time import local_time
from monitors.model.message import Block, Message
from monitors.model.price import monthly_price
from monitors.model.words import counted
from monitors.texts import delivery_texts

EDIT: Final = "edit"
RUN_NOW: Final = "run_now"
CANCEL: Final = "cancel_monitor"
HISTORY: Final = "history"
MORE: Final = "more"
PAUSE: Final = "pause"
RESUME: Final = "resume"
SNOOZE: Final = "snooze"
DELIVERY: Final = "delivery"

_QUERY_CHARACTERS: Final = 6000
_REASON_CHARACTERS: Final = 1000
_SPOKEN_QUERY_CHARACTERS: Final = 2500
_SHOWN_DOMAINS: Final = 10
_SHOWN_DOMAIN_CHARACTERS: Final = 80
_OVERDUE: Final = "no check since then, though two were due"
_STOP_HINT: Final = "Reply `cancelmonitor` in this thread to stop."


def card_message(card: Card) -> Message:
    state, small_print = [*_state(card)], [*_small_print(card)]
    controls = _controls(card.state)
    blocks = [*_query(card.settings.query), *state, *small_print, *controls]
    query = quoted(card.settings.query, _SPOKEN_QUERY_CHARACTERS)
    words = [kit.in_words(state), spoken(query), kit.in_words([*small_print, *controls])]
    text = clip("\n".join(each for each in words if each), UPDATE_TEXT_CHARACTERS)
    return Message(text=text, blocks=tuple(blocks))


def _query(query: str) -> list[Block]:
    """To the letter, in bold, in blocks of its own. Says how much did not fit."""
    whole = sendable(query)
    rest = len(whole) - _QUERY_CHARACTERS
    more = [f"… and {counted(rest, 'more character')}"] if rest > 0 else []
    return [*verbatim(whole[:_QUERY_CHARACTERS], bold=True), *kit.plain_context(more)]


def _state(card: Card) -> list[Block]:
    match card.state:
        case SettingUp(trouble=trouble):
            return [kit.own_section("*Setting up…*"), *_reason(trouble or "")]
        case Watching():
            parts = [f"*Watching* {_how_often(card)}", *_checks(card, card.state)]
            if card.state.found:
                parts.append(counted(card.state.found, "finding"))
            return [kit.own_section(" · ".join([*parts, *_delivery(card)]))]
        case OnHold():
            return [kit.own_section(f"*{_held(card.state)}* What it finds waits.")]
        case Cancelled():
            said = _by("Cancelled", card.state.by_user_id)
            return [kit.own_section(f"*{said}* Nothing more will be posted here.")]
        case NotMade(reason=reason):
            return [kit.own_section("*Couldn't start this monitor.*"), *_reason(reason)]
        case _:
            assert_never(card.state)


def _checks(card: Card, state: Watching) -> Iterator[str]:
    """Parallel doesn't say when the next one is: about one period after the last."""
    at = state.last_checked_at
    if at is None:
        yield "*the first check hasn't come*" if state.is_overdue else "the first check is running"
        return
    yield f"checked {local_time(at)}"
    if state.is_overdue:
        yield f"*{_OVERDUE}*: try Check now"
        return
    with suppress(BadFrequencyError):
        hours = Frequency.parse(card.settings.frequency).hours
        yield f"next expected {local_time(at + timedelta(hours=hours))}"


def _delivery(card: Card) -> Iterator[str]:
    if card.delivery.is_digest:
        yield delivery_texts.delivery_in_words(card.delivery)
    if card.left_out:
        yield delivery_texts.below_floor(card.left_out)


def _reason(text: str) -> list[Block]:
    return kit.plain_sections(clip(sendable(text), _REASON_CHARACTERS))


def _how_often(card: Card) -> str:
    """For mrkdwn, so only the app's own words: `_settings` shows an unknown frequency."""
    words = in_words(card.settings.frequency)
    return words if re.fullmatch(r"[a-z0-9 ]+", words) else "as set at Parallel"


def _held(state: OnHold) -> str:
    held = f"Snoozed until {local_time(state.until)}" if state.until else "Paused"
    return _by(held, state.by_user_id)


def _by(what: str, user_id: str | None) -> str:
    """A mention notifies nobody here: a card says so only once it is updated."""
    by = kit.mention(user_id)
    return f"{what} by {by}." if by else f"{what}."


def _small_print(card: Card) -> list[Block]:
    """Who started it, how it is set, and about what it costs: one grey line."""
    by = kit.mention(card.user_id)
    settings = " · ".join(_settings(card))
    co_owner = kit.mention(card.settings.co_owner)
    with_whom = f" · Co-owner {co_owner}" if co_owner else ""
    elements = [kit.mrkdwn(f"Started by {by}{with_whom}")] if by else []
    if settings:
        elements.append(kit.plain(clip(from_the_web(settings), CONTEXT_CHARACTERS)))
    return [kit.context(*elements)] if elements else []


def _settings(card: Card) -> Iterator[str]:
    if isinstance(card.state, SettingUp | NotMade | OnHold):
        is_paused = isinstance(card.state, OnHold) and card.state.until is None
        once = " once resumed" if is_paused else ""
        yield f"checks {in_words(card.settings.frequency)}{once}"
    elif _how_often(card) != in_words(card.settings.frequency):
        yield f"frequency: {in_words(card.settings.frequency)}"
    if card.fields:
        fields = ", ".join(clip(one_line(each), _SHOWN_DOMAIN_CHARACTERS) for each in card.fields)
        yield f"tracks {fields}" if card.tracks else f"with {fields}"
    if card.settings.include_domains:
        yield f"only {_listed(card.settings.include_domains)}"
    if card.settings.exclude_domains:
        yield f"not {_listed(card.settings.exclude_domains)}"
    if card.settings.location:
        yield f"{clip(card.settings.location.upper(), _SHOWN_DOMAIN_CHARACTERS)} results"
    if card.settings.processor == "base":
        yield "deep search"
    elif card.settings.processor != "lite":
        yield f"processor: {clip(card.settings.processor, _SHOWN_DOMAIN_CHARACTERS)}"
    yield from delivery_texts.details(card.delivery)
    price = monthly_price(card.settings.frequency, card.settings.processor)
    if price and isinstance(card.state, Watching | SettingUp):
        yield price


def _listed(domains: Sequence[str]) -> str:
    shown = [clip(one_line(domain), _SHOWN_DOMAIN_CHARACTERS) for domain in domains]
    more = len(shown) - _SHOWN_DOMAINS
    return ", ".join(shown[:_SHOWN_DOMAINS]) + (f" and {more} more" if more > 0 else "")


def _controls(state: CardState) -> list[Block]:
    """Buttons, only while the monitor is running."""
    if not isinstance(state, Watching | OnHold):
        return []
    is_on = isinstance(state, Watching)
    value = sendable(state.monitor_id)[:VALUE_CHARACTERS]
    choices = {PAUSE: "Pause"} if is_on else {RESUME: "Resume"}
    if is_on or state.until:
        choices[SNOOZE] = "Snooze"
    choices[DELIVERY] = "Delivery"
    options = [kit.option(each, label) for each, label in choices.items()]
    buttons = [
        *([kit.button("Check now", RUN_NOW, value=value)] if is_on else ()),
        kit.button("Edit", EDIT, value=value),
        kit.button("History", HISTORY, value=value),
        kit.button("Cancel", CANCEL, value=value, asks=kit.confirm_cancel()),
        {"type": "overflow", "action_id": MORE, "options": options},
    ]
    return [*kit.actions(*buttons), kit.context(kit.mrkdwn(_STOP_HINT))]
