"""The form for a monitor: filled, and what was typed into it as the monitor it asks for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from monitors.blocks import kit
from monitors.blocks.delivery_form import FLOOR
from monitors.model.command import says_something
from monitors.model.country import BadCountryError, parse_country
from monitors.model.delivery_policy import DeliveryPolicy, Floor, Mode
from monitors.model.edit import MonitorSettings, settings_of_spec
from monitors.model.frequency import DAILY, HOURLY, WEEKLY, BadFrequencyError, Frequency
from monitors.model.message import Block
from monitors.model.monitor import MonitorSpec
from monitors.model.price import monthly_price, task_price
from monitors.model.research import BASELINE_PROCESSOR
from monitors.model.tracked_fields import BadFieldsError, parse_fields
from monitors.model.web_domain import BadDomainError, check_domains, parse_domains
from monitors.texts import start_texts, track_texts
from monitors.texts.delivery_texts import delivery_in_words

T = TypeVar("T")

# A form's fields by their names, as they were filled in.
Filled = Mapping[str, str]

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
        *kit.plain_sections(advice),
        query_field(spec.query),
        *how_fields(settings),
        *where_fields(settings),
        *_tracked(spec),
        _tick(BACKFILL, "First findings", sample, is_on=spec.backfill),
        kit.field(DELIVERY, "Delivery", kit.menu(_DELIVERIES, spec.delivery.mode.value), hint=more),
        _channel(channel),
    ]
    return kit.modal(
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
    element = kit.typed(query, longest=QUERY_CHARACTERS, example=example, multiline=True)
    return kit.field(QUERY, label, element, hint=hint)


def how_fields(settings: MonitorSettings) -> Iterator[Block]:
    """How often, and how deep."""
    choices = {str(each): each.in_words.capitalize() for each in _PRESETS}
    choices[OTHER] = "Another interval"
    frequency = settings.frequency
    is_preset = frequency in choices
    yield kit.field(EVERY, "How often?", kit.menu(choices, frequency if is_preset else OTHER))
    hint = "If you chose that above: a number with h, d or w, from 1h to 30d."
    other = "" if is_preset else frequency
    yield _line(OTHER_EVERY, "Another interval", "36h", other, hint=hint)
    options = {depth: _depth(depth, label) for depth, label in _DEPTHS.items()}
    chosen = options.get(settings.processor)
    element: Block = {
        "type": "radio_buttons",
        "options": list(options.values()),
        **kit.given(initial_option=chosen),
    }
    yield kit.field(DEPTH, "Search", element)


def _depth(depth: str, label: str) -> Block:
    daily, hourly = monthly_price(str(DAILY), depth), monthly_price(str(HOURLY), depth)
    return {
        **kit.option(depth, label),
        "description": kit.plain(f"{daily} when daily, {hourly} when hourly"),
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
    return kit.field(name, label, kit.ticks({name: choice}, [name] if is_on else ()), optional=True)


def _channel(channel: str | None) -> Block:
    """Slack answers with an address to reply at, wherever the app is not."""
    element: Block = {
        "type": "conversations_select",
        "default_to_current_conversation": True,
        "response_url_enabled": True,
        # Nobody can invite the app into a direct message of several people.
        "filter": {"include": ["public", "private", "im"]},
        **kit.given(initial_conversation=channel),
    }
    return kit.field(CHANNEL, "Where should I post?", element)


def _line(name: str, label: str, example: str, text: str, *, hint: str = "") -> Block:
    element = kit.typed(text, longest=_LINE_CHARACTERS, example=example)
    return kit.field(name, label, element, hint=hint, optional=True)


def filled_of(settings: MonitorSettings) -> dict[str, str]:
    """The fields as a monitor is set."""
    return {
        QUERY: settings.query,
        EVERY: OTHER,
        OTHER_EVERY: settings.frequency,
        DEPTH: settings.processor,
        ONLY: ", ".join(settings.include_domains),
        NEVER: ", ".join(settings.exclude_domains),
        COUNTRY: settings.location or "",
        CO_OWNER: settings.co_owner,
        FLOOR: settings.floor,
    }


def read_edit(filled: Filled, current: MonitorSettings) -> MonitorSettings:
    """What the monitor is to be. Raises BadFormError."""
    read = read_form(filled)
    is_known = filled[DEPTH] in {"lite", "base"}
    return replace(
        settings_of_spec(read),
        processor=read.processor if is_known else current.processor,
        co_owner=filled[CO_OWNER],
        floor=kit.chosen(Floor, filled[FLOOR], current.floor),
    )


def read_form(filled: Filled) -> MonitorSpec:
    """The monitor; a field that is missing is empty. Raises BadFormError."""
    errors: dict[str, str] = {}

    def read(name: str, parse: Callable[[str], T], otherwise: T) -> T:
        try:
            return parse(filled.get(name, ""))
        except (BadFrequencyError, BadFieldsError, BadDomainError, BadCountryError) as error:
            errors[name] = str(error)
            return otherwise

    every = OTHER_EVERY if filled.get(EVERY) == OTHER else EVERY
    fields = read(FIELDS, parse_fields, ())
    spec = MonitorSpec(
        query=filled.get(QUERY, "").strip(),
        frequency=read(every, Frequency.parse, DAILY),
        processor="base" if filled.get(DEPTH) == "base" else "lite",
        include_domains=read(ONLY, parse_domains, ()),
        exclude_domains=read(NEVER, parse_domains, ()),
        location=read(COUNTRY, _country, None),
        backfill=bool(filled.get(BACKFILL)),
        delivery=DeliveryPolicy(kit.chosen(Mode, filled.get(DELIVERY), Mode.AS_IT_HAPPENS)),
        fields=fields,
        tracks=bool(fields) and not filled.get(OF_NEWS),
    )
    if filled.get(OF_NEWS) and not fields and FIELDS not in errors:
        errors[OF_NEWS] = track_texts.FIELDS_MISSING
    if spec.tracks and spec.backfill:
        errors[BACKFILL] = track_texts.TRACK_OR_BACKFILL
    if not says_something(spec.query):
        errors[QUERY] = start_texts.NOTHING_TO_WATCH
    try:
        check_domains(spec.include_domains, spec.exclude_domains)
    except BadDomainError as error:
        errors[NEVER if spec.exclude_domains else ONLY] = str(error)
    if errors:
        raise kit.BadFormError(errors)
    return spec


def _country(typed: str) -> str | None:
    return parse_country(typed) if typed.strip() else None
