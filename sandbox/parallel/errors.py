"""Why the stand-in refuses, one class per cause.

ApiError
 ├─ NoWebhookError      400
 ├─ BadKeyError         401
 ├─ NoCreditError       402
 ├─ ForbiddenError      403
 ├─ NotFoundError       404
 ├─ WrongMethodError    405
 ├─ StillActiveError    408
 ├─ TooLargeError       413
 ├─ InvalidError        422
 └─ TooManyError        429
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ValidationError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request, where it is and what."""

    loc: tuple[str | int, ...]
    msg: str
    type: str = "value_error"


class ApiError(Exception):
    """An answer other than success."""

    status: ClassVar[int]

    def __init__(self, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.headers = dict(headers or {})


class NoWebhookError(ApiError):
    status = 400


class BadKeyError(ApiError):
    status = 401


class NoCreditError(ApiError):
    status = 402


class ForbiddenError(ApiError):
    status = 403


class NotFoundError(ApiError):
    status = 404


class WrongMethodError(ApiError):
    status = 405


class StillActiveError(ApiError):
    status = 408


class TooLargeError(ApiError):
    status = 413


class TooManyError(ApiError):
    status = 429


class InvalidError(ApiError):
    """The request can be read but not accepted; `problems` says where."""

    status = 422

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems) or (Problem(("body",), message),)

    @classmethod
    def within(cls, part: str, error: ValidationError) -> "InvalidError":
        """From pydantic's findings about one part of a request: its body, its query."""
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems = [Problem((part, *item["loc"]), item["msg"], item["type"]) for item in found]
        return cls("Request validation error", problems)
