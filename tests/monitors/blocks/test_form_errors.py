"""What a form says at the field that can't be used."""

import pytest

from monitors.blocks import kit
from monitors.blocks.delivery_form import QUIET_FROM, QUIET_UNTIL, read_delivery
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
    read_form,
)
from monitors.model.web_domain import MOST_DOMAINS
from monitors.texts import delivery_texts, start_texts, track_texts

TRACKED = "price, release date, CEO"


@pytest.mark.parametrize(
    ("filled", "field", "says"),
    [
        ({QUERY: " "}, QUERY, start_texts.NOTHING_TO_WATCH),
        ({EVERY: "5m"}, EVERY, "isn't a frequency"),
        ({EVERY: OTHER, OTHER_EVERY: "31d"}, OTHER_EVERY, "1h to 30d"),
        ({EVERY: OTHER, OTHER_EVERY: ""}, OTHER_EVERY, "Say how often, from 1h to 30d"),
        ({COUNTRY: "usa"}, COUNTRY, "isn't a country code"),
        ({ONLY: "sec.gov", NEVER: "sec.gov"}, NEVER, "sec.gov"),
        ({ONLY: ", ".join(f"a{n}.org" for n in range(MOST_DOMAINS + 1))}, ONLY, "accepts"),
        ({OF_NEWS: "yes"}, OF_NEWS, track_texts.FIELDS_MISSING),
        ({FIELDS: TRACKED, BACKFILL: "yes"}, BACKFILL, track_texts.TRACK_OR_BACKFILL),
        ({FIELDS: "price, sources, CEO"}, FIELDS, "comes with every finding"),
        ({FIELDS: "price, ?!, CEO"}, FIELDS, "isn't a field"),
        ({FIELDS: "price, Price, CEO"}, FIELDS, "there twice"),
        ({FIELDS: "a, b, c, d, e, f"}, FIELDS, "I read 6"),
        ({FIELDS: f"price, {'x' * 61}, CEO"}, FIELDS, "isn't a field"),
    ],
)
def test_a_monitor_that_cannot_be_is_told_at_its_field(
    filled: dict[str, str], field: str, says: str
) -> None:
    with pytest.raises(kit.BadFormError) as refused:
        read_form({QUERY: "new papers", EVERY: "1d", **filled})
    (told,) = refused.value.errors.items()
    assert told[0] == field
    assert says in told[1]


@pytest.mark.parametrize(
    ("given", "missing"), [(QUIET_FROM, QUIET_UNTIL), (QUIET_UNTIL, QUIET_FROM)]
)
def test_quiet_hours_have_two_ends(given: str, missing: str) -> None:
    with pytest.raises(kit.BadFormError) as refused:
        read_delivery({given: "22:00"}, zone="Europe/Berlin")
    assert refused.value.errors == {missing: delivery_texts.BOTH_QUIET_TIMES}
