"""A request as the operations see it, and what they answer."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pydantic import JsonValue, ValidationError
from pydantic_core import from_json
from starlette.datastructures import Headers, QueryParams

from sandbox.parallel.errors import BadKeyError, InvalidError, Problem
from sandbox.parallel.fields import Body
from sandbox.parallel.records import Account
from sandbox.parallel.wire_v1 import QueryString

BodyT = TypeVar("BodyT", bound=Body)
QueryT = TypeVar("QueryT", bound=QueryString)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one operation, not yet believed."""

    path: Mapping[str, str]
    query: QueryParams
    headers: Headers
    content: bytes
    account: Account | None

    @property
    def owner(self) -> Account:
        if self.account is None:
            raise BadKeyError("Invalid or missing API key")
        return self.account

    def json(self, model: type[BodyT]) -> BodyT:
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not re.fullmatch(r"application/([\w.+-]+\+)?json", media_type):
            raise InvalidError("The body must be application/json")
        try:
            # Refuses what Python's own reader lets pass: NaN, lone surrogates, bottomless nesting.
            from_json(self.content, allow_inf_nan=False)
        except ValueError as error:
            raise InvalidError("The body is not valid JSON") from error
        try:
            return model.model_validate_json(self.content)
        except ValidationError as error:
            raise InvalidError.within("body", error) from error

    def parameters(self, model: type[QueryT]) -> QueryT:
        given: dict[str, str | list[str]] = {}
        for name in self.query:
            values = self.query.getlist(name)
            if name not in model.many and len(values) > 1:
                raise InvalidError("Repeated parameter", [Problem(("query", name), "given twice")])
            given[name] = values if name in model.many else values[0]
        try:
            return model.model_validate(given)
        except ValidationError as error:
            raise InvalidError.within("query", error) from error


@dataclass(frozen=True, slots=True)
class Answer:
    """`then` runs once the answer is on its way."""

    status: int = 200
    body: JsonValue = None
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    then: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `invalid` is the documented shape of its 422."""

    method: str
    template: str
    run: Callable[[Call], Answer]
    invalid: Literal["error", "list"] = "error"
    public: bool = False

    def match(self, path: str) -> dict[str, str] | None:
        """The path's parameters, or None where it is another path."""
        wanted, given = self.template.split("/"), path.split("/")
        if len(wanted) != len(given):
            return None
        found: dict[str, str] = {}
        for part, value in zip(wanted, given, strict=True):
            if part.startswith("{"):
                found[part.strip("{}")] = value
            elif part != value:
                return None
        return found


def cursor_of(*numbers: int) -> str:
    """Opaque to callers."""
    return base64.urlsafe_b64encode(":".join(map(str, numbers)).encode()).decode().rstrip("=")


def read_cursor(cursor: str, length: int) -> list[int]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        numbers = [
            int(part)
            for part in base64.b64decode(padded, altchars=b"-_", validate=True).split(b":")
        ]
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error
    if len(numbers) != length:
        raise _bad_cursor()
    return numbers


def _bad_cursor() -> InvalidError:
    return InvalidError(
        "Invalid cursor", [Problem(("query", "cursor"), "not a cursor of this list")]
    )
