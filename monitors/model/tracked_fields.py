"""The fields to track, as a person writes them: “price, release date, CEO”."""

import re
from typing import Final

from monitors.model.words import shortened

FEWEST_FIELDS: Final = 3
MOST_FIELDS: Final = 5
_FIELD_CHARACTERS: Final = 60
_SEPARATORS: Final = re.compile(r"[,;\n\u3001\uff0c]\s*(?:and\s+)?")
_NO_LETTERS: Final = re.compile(r"[\W_]+")
# Parallel gives these with every answer.
_RESERVED: Final = frozenset(
    {"citations", "confidence", "evidence", "reasoning", "source", "sources", "source_urls"}
)


class BadFieldsError(ValueError):
    """The text tells the person what to write instead."""


def parse_fields(text: str) -> tuple[str, ...]:
    """Nothing if nothing was written. Raises BadFieldsError."""
    fields = tuple(" ".join(each.split()) for each in _SEPARATORS.split(text) if each.strip())
    if not fields:
        return ()
    keys = [field_key(each).lower() for each in fields]
    for field, key in zip(fields, keys, strict=True):
        if not key or len(field) > _FIELD_CHARACTERS:
            raise BadFieldsError(
                f"“{shortened(field, _FIELD_CHARACTERS)}” isn't a field: use a word or two."
            )
        if key in _RESERVED:
            raise BadFieldsError(f"Leave out “{field}”: it comes with every finding.")
        if keys.count(key) > 1:
            raise BadFieldsError(f"“{field}” is there twice. Keep one.")
    if not FEWEST_FIELDS <= len(fields) <= MOST_FIELDS:
        raise BadFieldsError(
            f"Name {FEWEST_FIELDS} to {MOST_FIELDS} fields, with commas between them; "
            f"I read {len(fields)}."
        )
    return fields


def field_key(field: str) -> str:
    """Its name in the answer: `release_date`."""
    return _NO_LETTERS.sub("_", field).strip("_")
