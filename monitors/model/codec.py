"""Domain values as JSON text, for job arguments, SQL rows and metadata."""

import json
from functools import cache
from typing import Annotated, TypeVar

from pydantic import TypeAdapter, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticUseDefault

T = TypeVar("T")


def _or_default(value: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(value)
    except ValidationError as error:
        raise PydanticUseDefault from error


OrDefault = Annotated[T, WrapValidator(_or_default)]
"""Of a value that anyone may have written: a field that can't be read is at its default."""


@cache
def _adapter(kind: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(kind)


def encode(value: object) -> str:
    """A frozen dataclass as compact JSON."""
    return _adapter(type(value)).dump_json(value).decode()


def encode_briefly(value: object) -> str:
    """The same, but only of what differs from the defaults, and each field by its alias."""
    adapter = _adapter(type(value))
    brief: object = adapter.dump_python(value, mode="json", exclude_defaults=True, by_alias=True)
    return json.dumps(brief, separators=(",", ":"))


def decode(kind: type[T], text: str) -> T:
    """The value that `encode` or `encode_briefly` wrote.

    Raises pydantic's ValidationError (a ValueError) if another version wrote it in another shape.
    """
    return _adapter(kind).validate_json(text, by_alias=True, by_name=True)
