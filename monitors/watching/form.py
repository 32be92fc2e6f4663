"""The form for a monitor: what was typed into it, and the monitor it asks for."""

from dataclasses import dataclass, field, replace

from monitors.blocks.monitor_form import (
    BACKFILL,
    COUNTRY,
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
from monitors.model.frequency import BadFrequencyError, Frequency
from monitors.model.monitor import MonitorSpec
from monitors.model.tracked_fields import BadFieldsError, parse_fields
from monitors.model.web_domain import MOST_DOMAINS, BadDomainError, parse_domains
from monitors.texts import start_texts, track_texts


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields as they were filled in."""

    query: str = ""
    every: str = ""
    other_every: str = ""
    depth: str = ""
    only: str = ""
    never: str = ""
    country: str = ""
    co_owner: str = ""
    floor: str = ""
    backfill: bool = False
    delivery: str = ""
    fields: str = ""
    of_news: bool = False


def filled_of(settings: MonitorSettings) -> Filled:
    """The fields as a monitor is set."""
    return Filled(
        query=settings.query,
        every=OTHER,
        other_every=settings.frequency,
        depth=settings.processor,
        only=", ".join(settings.include_domains),
        never=", ".join(settings.exclude_domains),
        country=settings.location or "",
        co_owner=settings.co_owner,
        floor=settings.floor,
    )


def read_edit(filled: Filled, current: MonitorSettings) -> MonitorSettings | dict[str, str]:
    """What the monitor is to be, or what is wrong by field."""
    read = read_form(filled)
    if isinstance(read, dict):
        return read
    is_known = filled.depth in {"lite", "base"}
    return replace(
        settings_of_spec(read),
        processor=read.processor if is_known else current.processor,
        co_owner=filled.co_owner,
        floor=next((each for each in Floor if each == filled.floor), current.floor),
    )


@dataclass(slots=True)
class _Reading:
    errors: dict[str, str] = field(default_factory=dict[str, str])

    def frequency(self, filled: Filled) -> Frequency:
        is_other = filled.every == OTHER
        typed = filled.other_every if is_other else filled.every
        try:
            return Frequency.parse("".join(typed.split()))
        except BadFrequencyError as error:
            self.errors[OTHER_EVERY if is_other else EVERY] = str(error)
            return Frequency(1, "d")

    def domains(self, name: str, typed: str) -> tuple[str, ...]:
        try:
            return parse_domains(typed)
        except BadDomainError as error:
            self.errors[name] = start_texts.not_a_website(str(error))
            return ()

    def fields(self, filled: Filled) -> tuple[str, ...]:
        try:
            fields = parse_fields(filled.fields)
        except BadFieldsError as error:
            self.errors[FIELDS] = str(error)
            return ()
        if filled.of_news and not fields:
            self.errors[OF_NEWS] = track_texts.FIELDS_MISSING
        if fields and filled.backfill and not filled.of_news:
            self.errors[BACKFILL] = track_texts.TRACK_OR_BACKFILL
        return fields

    def country(self, typed: str) -> str | None:
        if not typed.strip():
            return None
        try:
            return parse_country(typed)
        except BadCountryError:
            self.errors[COUNTRY] = start_texts.NOT_A_COUNTRY
            return None


def read_form(filled: Filled) -> MonitorSpec | dict[str, str]:
    """The monitor, or what is wrong by field."""
    reading = _Reading()
    fields = reading.fields(filled)
    spec = MonitorSpec(
        query=filled.query.strip(),
        frequency=reading.frequency(filled),
        processor="base" if filled.depth == "base" else "lite",
        include_domains=reading.domains(ONLY, filled.only),
        exclude_domains=reading.domains(NEVER, filled.never),
        location=reading.country(filled.country),
        backfill=filled.backfill,
        delivery=DeliveryPolicy.from_values({"mode": filled.delivery}),
        fields=fields,
        tracks=bool(fields) and not filled.of_news,
    )
    if not says_something(spec.query):
        reading.errors[QUERY] = start_texts.NOTHING_TO_WATCH
    both = set(spec.include_domains) & set(spec.exclude_domains)
    if both:
        reading.errors[NEVER] = start_texts.both_only_and_never(min(both))
    if len(spec.include_domains) + len(spec.exclude_domains) > MOST_DOMAINS:
        reading.errors[ONLY] = start_texts.too_many_websites(MOST_DOMAINS)
    return reading.errors or spec
