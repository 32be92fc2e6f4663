"""The form for a new monitor."""

from collections.abc import Iterator
from typing import Final

from monitors.blocks.elements import (
    field,
    given,
    menu,
    modal,
    option,
    plain,
    plain_sections,
    ticks,
    typed,
)
from monitors.model.delivery_policy import DeliveryPolicy, Mode
from monitors.model.edit import MonitorSettings, settings_of_spec
from monitors.model.frequency import DAILY, HOURLY, WEEKLY, Frequency
from monitors.model.message import Block
from monitors.model.monitor import MonitorSpec
from monitors.model.price import monthly_price, task_price
from monitors.model.research import BASELINE_PROCESSOR
from monitors.texts.delivery_texts import delivery_in_words

MONITOR_FORM: Final = "monitor_form"
# The value of the choice that reads the field beside it.
OTHER: Final = "other"

QUERY: Final = "query"
EVERY: Final = "every"
OTHER_EVERY: Final = "other_every"
DEPTH: Final = "depth"
ONLY: Final = "only"
NEVER: Final = "never"
COUNTRY: Final = "country"
BACKFILL: Final = "backfill"
DELIVERY: Final = "delivery"
CHANNEL: Final = "channel"
CO_OWNER: Final = "co_owner"
FIELDS: Final = "fields"
OF_NEWS: Final = "fields_of_news"
# Slack's most for a field; a longer query can be typed after the command.
QUERY_CHARACTERS: Final = 3000
QUERY_LABEL: Final = "What should I watch for?"
_LINE_CHARACTERS: Final = 3000

_PRESETS: Final = (HOURLY, Frequency(6, "h"), Frequency(12, "h"), DAILY, WEEKLY)
_DELIVERIES: Final = {mode.value: delivery_in_words(DeliveryPolicy(mode=mode)) for mode in Mode}
_DEPTHS: Final = {"lite": "Normal", "base": "Deep"}


def monitor_form(spec: MonitorSpec, *, channel: str | None = None, advice: str = "") -> Block:
    """Filled in as `spec`; with `advice`, what to consider before it is sent again."""
    settings = settings_of_spec(spec)
    sample = "Start with a sample of recent events"
    more = "More choices are in the monitor's own menu, under Delivery."
    blocks = [
        *plain_sections(advice),
        query_field(spec.query),
        *how_fields(settings),
        *where_fields(settings),
        *_tracked(spec),
        _tick(BACKFILL, "First findings", sample, is_on=spec.backfill),
        field(DELIVERY, "Delivery", menu(_DELIVERIES, spec.delivery.mode.value), hint=more),
        _channel(channel),
    ]
    return modal(
        blocks,
        title="New monitor",
        callback_id=MONITOR_FORM,
        submit="Start anyway" if advice else "Start",
        metadata="advised" if advice else "",
    )


def query_field(query: str, *, label: str = QUERY_LABEL) -> Block:
    example = "latest AI research papers"
    hint = (
        "In plain words, as you would tell a colleague: “funding rounds of robotics startups in "
        "Europe”, “recalls of children's car seats”, “8-K filings of Acme Corp”."
    )
    element = typed(query, longest=QUERY_CHARACTERS, example=example, multiline=True)
    return field(QUERY, label, element, hint=hint)


def how_fields(settings: MonitorSettings) -> Iterator[Block]:
    """How often, and how deep."""
    choices = {str(each): each.in_words.capitalize() for each in _PRESETS}
    choices[OTHER] = "Another interval"
    frequency = settings.frequency
    is_preset = frequency in choices
    yield field(EVERY, "How often?", menu(choices, frequency if is_preset else OTHER))
    hint = "A number with h, d or w, from 1h to 30d. Only for “Another interval”."
    other = "" if is_preset else frequency
    yield _line(OTHER_EVERY, "Another interval", "36h", other, hint=hint)
    options = {depth: _depth(depth, label) for depth, label in _DEPTHS.items()}
    chosen = options.get(settings.processor)
    element: Block = {
        "type": "radio_buttons",
        "options": list(options.values()),
        **given(initial_option=chosen),
    }
    yield field(DEPTH, "Search", element)


def _depth(depth: str, label: str) -> Block:
    daily, hourly = monthly_price(str(DAILY), depth), monthly_price(str(HOURLY), depth)
    return {
        **option(depth, label),
        "description": plain(f"{daily} when daily, {hourly} when hourly"),
    }


def where_fields(settings: MonitorSettings) -> Iterator[Block]:
    """On which websites."""
    only, never = ", ".join(settings.include_domains), ", ".join(settings.exclude_domains)
    yield _line(ONLY, "Only these websites", "sec.gov, ft.com", only)
    yield _line(NEVER, "Not these websites", "reddit.com", never)
    yield _line(COUNTRY, "Results for one country", "us", settings.location or "")


def _tracked(spec: MonitorSpec) -> Iterator[Block]:
    hint = (
        "For facts instead of news: 3 to 5 fields, with commas. Their values today are looked up "
        f"first ({task_price(BASELINE_PROCESSOR)}); after that I post each change."
    )
    fields = ", ".join(spec.fields)
    yield _line(FIELDS, "Track these fields", "price, release date, CEO", fields, hint=hint)
    news = "Watch for news, and fill the fields in for each finding"
    is_on = bool(spec.fields) and not spec.tracks
    yield _tick(OF_NEWS, "Or news, with these fields", news, is_on=is_on)


def _tick(name: str, label: str, choice: str, *, is_on: bool) -> Block:
    """One choice, whose value is the field's name."""
    return field(name, label, ticks({name: choice}, [name] if is_on else ()), optional=True)


def _channel(channel: str | None) -> Block:
    """Slack answers with an address to reply at, wherever the app is not."""
    element: Block = {
        "type": "conversations_select",
        "default_to_current_conversation": True,
        "response_url_enabled": True,
        # Nobody can invite the app into a direct message of several people.
        "filter": {"include": ["public", "private", "im"]},
        **given(initial_conversation=channel),
    }
    return field(CHANNEL, "Where should I post?", element)


def _line(name: str, label: str, example: str, text: str, *, hint: str = "") -> Block:
    element = typed(text, longest=_LINE_CHARACTERS, example=example)
    return field(name, label, element, hint=hint, optional=True)
