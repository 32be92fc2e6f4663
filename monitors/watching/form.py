"""The form for a monitor: what was typed into it, and the monitor it asks for."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from monitors.blocks.delivery_form import FLOOR
from monitors.blocks.monitor_form import (
    BACKFILL,
    CO_OWNER,
    COUNTRY,
    DELIVERY,
    DEPTH,
    EVERY,
    FIELDS,
    NEVER,
    OF_NEWS,
    ONLY,
    OTHER,
    OTHER_EVERY,
    QUERY,
)
from monitors.model.command import says_something
from monitors.model.country import BadCountryError, parse_country
from monitors.model.delivery_policy import DeliveryPolicy, Floor
from monitors.model.edit import MonitorSettings, settings_of_spec
from monitors.model.frequency import DAILY, BadFrequencyError, Frequency
from monitors.model.monitor import MonitorSpec
from monitors.model.tracked_fields import BadFieldsError, parse_fields
from monitors.model.web_domain import MOST_DOMAINS, BadDomainError, parse_domains
from monitors.texts import start_texts, track_texts
from monitors.watching.delivery_form import BadFormError

T = TypeVar("T")

# A form's fields by their names, as they were filled in.
Filled = Mapping[str, str]


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
        floor=next((each for each in Floor if each == filled[FLOOR]), current.floor),
    )


def read_form(filled: Filled) -> MonitorSpec:
    """The monitor; a field that is missing is empty. Raises BadFormError."""
    errors: dict[str, str] = {}

    def read(name: str, parse: Callable[[str], T], otherwise: T, *, says: str = "") -> T:
        try:
            return parse(filled.get(name, ""))
        except (BadFrequencyError, BadFieldsError, BadDomainError, BadCountryError) as error:
            is_website = isinstance(error, BadDomainError)
            errors[name] = (
                start_texts.not_a_website(str(error)) if is_website else says or str(error)
            )
            return otherwise

    every = OTHER_EVERY if filled.get(EVERY) == OTHER else EVERY
    fields = read(FIELDS, parse_fields, ())
    spec = MonitorSpec(
        query=filled.get(QUERY, "").strip(),
        frequency=read(every, _frequency, DAILY),
        processor="base" if filled.get(DEPTH) == "base" else "lite",
        include_domains=read(ONLY, parse_domains, ()),
        exclude_domains=read(NEVER, parse_domains, ()),
        location=read(COUNTRY, _country, None, says=start_texts.NOT_A_COUNTRY),
        backfill=bool(filled.get(BACKFILL)),
        delivery=DeliveryPolicy.from_values({"mode": filled.get(DELIVERY)}),
        fields=fields,
        tracks=bool(fields) and not filled.get(OF_NEWS),
    )
    if filled.get(OF_NEWS) and not fields and FIELDS not in errors:
        errors[OF_NEWS] = track_texts.FIELDS_MISSING
    if spec.tracks and spec.backfill:
        errors[BACKFILL] = track_texts.TRACK_OR_BACKFILL
    if not says_something(spec.query):
        errors[QUERY] = start_texts.NOTHING_TO_WATCH
    both = set(spec.include_domains) & set(spec.exclude_domains)
    if both:
        errors[NEVER] = start_texts.both_only_and_never(min(both))
    if len(spec.include_domains) + len(spec.exclude_domains) > MOST_DOMAINS:
        errors[ONLY] = start_texts.too_many_websites(MOST_DOMAINS)
    if errors:
        raise BadFormError(errors)
    return spec


def _frequency(typed: str) -> Frequency:
    return Frequency.parse("".join(typed.split()))


def _country(typed: str) -> str | None:
    return parse_country(typed) if typed.strip() else None
