"""The form for a new monitor."""

from collections.abc import Iterable
from typing import Final

from monitors.blocks.account import modal
from monitors.blocks.elements import input_block, option, plain, plain_sections
from monitors.blocks.text import sendable
from monitors.model.delivery_policy import DeliveryPolicy, Mode
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

_NEWS: Final = "Watch for news, and fill the fields in for each finding"
_PRESETS: Final = (HOURLY, Frequency(6, "h"), Frequency(12, "h"), DAILY, WEEKLY)
_DELIVERIES: Final = {mode.value: delivery_in_words(DeliveryPolicy(mode=mode)) for mode in Mode}
_DEPTHS: Final = {"lite": "Normal", "base": "Deep"}


def monitor_form(spec: MonitorSpec, *, channel: str | None = None, advice: str = "") -> Block:
    """Filled in as `spec`; with `advice`, what to consider before it is sent again."""
    blocks = [
        *(plain_sections(advice) if advice else []),
        query_field(spec.query),
        *frequency_fields(str(spec.frequency)),
        depth_field(spec.processor),
        line_field(ONLY, "Only these websites", "sec.gov, ft.com", ", ".join(spec.include_domains)),
        line_field(NEVER, "Not these websites", "reddit.com", ", ".join(spec.exclude_domains)),
        line_field(COUNTRY, "Results for one country", "us", spec.location or ""),
        *_fields(spec),
        _tick(
            BACKFILL,
            "First findings",
            "Start with a sample of recent events",
            is_on=spec.backfill,
        ),
        _delivery(spec.delivery),
        _channel(channel),
    ]
    submit = "Start anyway" if advice else "Start"
    form = modal(blocks, callback_id=MONITOR_FORM, submit=submit, title="New monitor")
    return {**form, "private_metadata": "advised" if advice else ""}


def query_field(typed: str, *, label: str = QUERY_LABEL) -> Block:
    element: dict[str, object] = {
        "type": "plain_text_input",
        "action_id": QUERY,
        "multiline": True,
        "max_length": QUERY_CHARACTERS,
        "placeholder": plain("latest AI research papers"),
    }
    if typed:
        element["initial_value"] = sendable(typed)[:QUERY_CHARACTERS]
    hint = (
        "In plain words, as you would tell a colleague: “funding rounds of robotics startups in "
        "Europe”, “recalls of children's car seats”, “8-K filings of Acme Corp”."
    )
    return input_block(QUERY, label, element, hint=hint)


def frequency_fields(frequency: str) -> Iterable[Block]:
    presets = {str(each): each.in_words.capitalize() for each in _PRESETS}
    options = {value: option(words, value) for value, words in presets.items()}
    options[OTHER] = option("Another interval", OTHER)
    is_preset = frequency in presets
    yield input_block(
        EVERY,
        "How often?",
        {
            "type": "static_select",
            "action_id": EVERY,
            "options": list(options.values()),
            "initial_option": options[frequency if is_preset else OTHER],
        },
    )
    other = "" if is_preset else frequency
    hint = "A number with h, d or w, from 1h to 30d. Only for “Another interval”."
    yield line_field(OTHER_EVERY, "Another interval", "36h", other, hint=hint)


def depth_field(processor: str) -> Block:
    options = {
        depth: {
            **option(label, depth),
            "description": plain(
                f"{monthly_price(str(DAILY), depth)} when daily, "
                f"{monthly_price(str(HOURLY), depth)} when hourly"
            ),
        }
        for depth, label in _DEPTHS.items()
    }
    element: dict[str, object] = {
        "type": "radio_buttons",
        "action_id": DEPTH,
        "options": list(options.values()),
        **({"initial_option": options[processor]} if processor in options else {}),
    }
    return input_block(DEPTH, "Search", element)


def _fields(spec: MonitorSpec) -> Iterable[Block]:
    hint = (
        "For facts instead of news: 3 to 5 fields, with commas. Their values today are looked up "
        f"first ({task_price(BASELINE_PROCESSOR)}); after that I post each change."
    )
    typed = ", ".join(spec.fields)
    yield line_field(FIELDS, "Track these fields", "price, release date, CEO", typed, hint=hint)
    is_on = bool(spec.fields) and not spec.tracks
    yield _tick(OF_NEWS, "Or news, with these fields", _NEWS, is_on=is_on)


def _tick(name: str, label: str, choice: str, *, is_on: bool) -> Block:
    tick = option(choice, name)
    element: dict[str, object] = {
        "type": "checkboxes",
        "action_id": name,
        "options": [tick],
        **({"initial_options": [tick]} if is_on else {}),
    }
    return input_block(name, label, element, optional=True)


def _delivery(policy: DeliveryPolicy) -> Block:
    options = {each: option(words, each) for each, words in _DELIVERIES.items()}
    element: Block = {
        "type": "static_select",
        "action_id": DELIVERY,
        "options": list(options.values()),
        "initial_option": options[policy.mode.value],
    }
    hint = "More choices are in the monitor's own menu, under Delivery."
    return input_block(DELIVERY, "Delivery", element, hint=hint)


def _channel(channel: str | None) -> Block:
    """Slack answers with an address to reply at, wherever the app is not."""
    initial = {"initial_conversation": channel} if channel else {}
    element: Block = {
        "type": "conversations_select",
        "action_id": CHANNEL,
        "default_to_current_conversation": True,
        "response_url_enabled": True,
        # Nobody can invite the app into a direct message of several people.
        "filter": {"include": ["public", "private", "im"]},
        **initial,
    }
    return input_block(CHANNEL, "Where should I post?", element)


def line_field(name: str, label: str, example: str, typed: str, *, hint: str = "") -> Block:
    element: dict[str, object] = {
        "type": "plain_text_input",
        "action_id": name,
        "max_length": _LINE_CHARACTERS,
        "placeholder": plain(example),
    }
    if typed:
        element["initial_value"] = sendable(typed)[:_LINE_CHARACTERS]
    return input_block(name, label, element, hint=hint, optional=True)
