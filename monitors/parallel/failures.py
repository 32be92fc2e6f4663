"""Why a call to Parallel failed, from what the SDK raises."""

import math
from collections.abc import Generator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from time import time
from typing import Final

import aiohttp
import httpx
from parallel import APIConnectionError, APIStatusError
from pydantic import JsonValue

from monitors.model.json_text import UnreadableError, json_of
from monitors.model.parallel_errors import (
    AnswerLostError,
    ParallelError,
    RefusedError,
    UnavailableError,
    UnknownMonitorError,
    error_for_status,
)

# A call that timed out may still be carried out, so look for its effect a while later.
TIMED_OUT_SECONDS: Final = 15.0
_DETAIL_LENGTH: Final = 500
_LONGEST_WAIT_SECONDS: Final = 86_400.0
_UNREACHED: Final = "Parallel could not be reached."
_NO_ANSWER: Final = "Parallel did not answer."
_ODD_ANSWER: Final = "Parallel's answer could not be read."
_ODD_TEXT: Final = "The text holds characters that cannot be sent."

# Raised before the first byte of a request is sent. What httpx_aiohttp makes of aiohttp's errors
# does not tell (a connection that drops in mid-answer is a ConnectTimeout there): theirs count.
_NOT_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


@contextmanager
def failures_told(*, repeatable: bool, api_key: str) -> Generator[None]:
    """Raise what the SDK raises as a ParallelError.

    `repeatable`: the call can safely be made twice, so a lost answer doesn't matter. The SDK's own
    error is not chained, because its text is the whole answer.
    """
    lost = UnavailableError if repeatable else AnswerLostError
    try:
        yield
    except APIStatusError as error:
        raise _refusal(error.response, lost=lost, api_key=api_key) from None
    except APIConnectionError as error:
        cause = error.__cause__.__cause__ if error.__cause__ else None
        if isinstance(cause, _NOT_SENT):
            raise UnavailableError(_UNREACHED) from error.__cause__
        late = isinstance(cause, TimeoutError) and not repeatable
        wait = TIMED_OUT_SECONDS if late else None
        raise lost(_NO_ANSWER, retry_after_seconds=wait) from error.__cause__
    except TimeoutError as error:
        wait = None if repeatable else TIMED_OUT_SECONDS
        raise lost(_NO_ANSWER, retry_after_seconds=wait) from error
    except UnreadableError as error:
        raise lost(_ODD_ANSWER) from error
    except UnicodeEncodeError:
        raise RefusedError(_ODD_TEXT) from None


def _refusal(answer: httpx.Response, *, lost: type[ParallelError], api_key: str) -> ParallelError:
    """The error for an answer that isn't a success."""
    cause = error_for_status(answer.status_code)
    if cause is AnswerLostError:
        cause = lost
    is_unheard = cause is UnknownMonitorError and not _is_parallels(answer.content)
    if is_unheard or not answer.is_error:
        # A redirect, or a proxy that knows no such page: it has answered, and nothing was done.
        cause = UnavailableError
    detail = detail_of(answer.content).replace(api_key, "…")
    wait = wait_of(answer.headers.get("retry-after"))
    return cause(detail=detail, retry_after_seconds=wait)


def _is_parallels(body: bytes) -> bool:
    """Whether it may be Parallel's own refusal, which is a JSON object; a proxy's page is none."""
    try:
        return isinstance(json_of(body), dict)
    except UnreadableError:
        return False


def wait_of(header: str | None) -> float | None:
    """Seconds to wait, from a Retry-After header with seconds or an HTTP date; None if not told."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - time()
        except (ValueError, OverflowError):
            return None
    is_useful = math.isfinite(seconds) and seconds > 0
    return min(seconds, _LONGEST_WAIT_SECONDS) if is_useful else None


def detail_of(body: bytes) -> str:
    """Parallel's explanation, on one line; empty for a page of HTML or anything else.

    Read are `{"error": {"message", "detail"}}` and a list of mistakes as FastAPI writes them.
    """
    try:
        answer = json_of(body)
    except UnreadableError:
        return ""
    if not isinstance(answer, dict):
        return ""
    error = answer.get("error")
    if isinstance(error, dict):
        parts = [_sentence(error.get("message")), _sentence(error.get("detail"))]
    else:
        parts = [_sentence(error or answer.get("message")), _sentence(answer.get("detail"))]
    text = " ".join(dict.fromkeys(part for part in parts if part))
    return " ".join(text.split())[:_DETAIL_LENGTH]


def _sentence(value: JsonValue) -> str:
    """A text as it is; a mistake with its field; of a list or an object, what it holds, joined."""
    match value:
        case str():
            return value
        case {"msg": str(message)}:
            where = value.get("loc")
            places = [str(place) for place in where] if isinstance(where, list) else []
            field = ".".join(place for place in places if place != "body")
            return f"{field}: {message}" if field else message
        case list() | dict():
            parts = value.values() if isinstance(value, dict) else value
            return "; ".join(filter(None, map(_sentence, parts)))
        case _:
            return ""
