"""Domain values as JSON text, for job arguments and SQL rows."""

from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def _adapter(kind: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(kind)


def encode(value: object) -> str:
    """A frozen dataclass as compact JSON."""
    return _adapter(type(value)).dump_json(value).decode()


def decode(kind: type[T], text: str) -> T:
    """The value that `encode` wrote.

    Raises pydantic's ValidationError (a ValueError) if another version wrote it in another shape.
    """
    return _adapter(kind).validate_json(text)
