"""Typed calls to Slack's Web API over a shared session; failures are SlackPostErrors."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from monitors.model import slack_errors as errors
from monitors.parallel.failures import wait_of

Answer = dict[str, object]
# Of commercial and of GovSlack's addresses.
_SLACKS: Final = (".slack.com", ".slack-gov.com")
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429
# Far above what Slack asks for: a mistaken date must not silence a workspace.
_LONGEST_WAIT_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class SlackApi:
    """Raises SlackPostError."""

    client: AsyncWebClient

    async def write(self, method: str, token: str, body: Mapping[str, object]) -> Answer:
        """Call a method that changes something; Slack accepts its arguments as JSON."""
        return await self._call(method, json=_given(body, token))

    async def read(self, method: str, token: str, params: Mapping[str, object]) -> Answer:
        """Call a method that reads; Slack doesn't accept JSON for these."""
        return await self._call(method, http_verb="GET", params=_given(params, token))

    async def submit(self, method: str, fields: dict[str, str]) -> Answer:
        """Call a method that takes a form and no token."""
        return await self._call(method, data=fields)

    async def _call(self, method: str, **arguments: Any) -> Answer:  # noqa: ANN401 - slack_sdk's own
        async with slack_errors():
            answer = await self.client.api_call(method, **arguments)  # pyright: ignore[reportUnknownMemberType] - slack_sdk leaves its dict arguments untyped
        data = cast("object", answer.data)  # pyright: ignore[reportUnknownMemberType] - likewise
        return cast("Answer", data) if isinstance(data, dict) else {}


@asynccontextmanager
async def slack_errors() -> AsyncGenerator[None]:
    """Turns failures of Slack and the network into SlackPostError."""
    try:
        yield
    except SlackApiError as error:
        raise _cause_of(error) from error
    except aiohttp.ClientConnectorError as error:
        raise errors.SlackUnavailableError("unreachable") from error
    except TimeoutError as error:
        raise errors.PostUncertainError("timeout") from error
    except (aiohttp.ClientError, asyncio.IncompleteReadError) as error:
        raise errors.PostUncertainError("connection_lost") from error
    except (AttributeError, LookupError, ValueError) as error:
        # slack_sdk's own, over an answer that is no JSON object or not in its charset.
        raise errors.PostUncertainError("unreadable_answer") from error


def _cause_of(error: SlackApiError) -> errors.SlackPostError:
    """Our error for an answer that was not ok.

    The answer may be HTML, or not a dictionary (slack_sdk keeps whatever it received).
    """
    response = cast("object", error.response)  # pyright: ignore[reportUnknownMemberType] - untyped in slack_sdk
    status = getattr(response, "status_code", getattr(response, "status", 200))
    headers = cast("dict[str, str]", getattr(response, "headers", {}) or {})
    if status == _TOO_MANY:
        wait = wait_of(headers.get("Retry-After") or headers.get("retry-after"))
        wait = min(wait or 1.0, _LONGEST_WAIT_SECONDS)
        return errors.SlackBusyError("ratelimited", retry_after_seconds=wait)
    data = getattr(response, "data", None)
    answer = cast("Answer", data) if isinstance(data, dict) else {}
    code = answer.get("error")
    failed = int(status) >= _SERVER_ERROR
    if not isinstance(code, str):
        code = "internal_error" if failed else "unreadable_answer"
    cause = errors.error_for_code(code)
    if cause is errors.MissingScopeError:
        needed = answer.get("needed")
        return errors.MissingScopeError(code, needed=needed if isinstance(needed, str) else "")
    # With a 5xx, whatever stands beside it, it isn't clear what was done.
    return (
        errors.PostUncertainError(code)
        if failed and issubclass(cause, errors.REFUSALS)
        else cause(code)
    )


def is_slacks(address: str, api_url: str) -> bool:
    """Whether it leads to Slack, or to the stand-in at SLACK_API_URL: nobody else is told."""
    try:
        url, api = urlsplit(address), urlsplit(api_url)
    except ValueError:
        return False
    is_slack = url.scheme == "https" and (url.hostname or "").endswith(_SLACKS)
    return is_slack or (url.scheme, url.netloc) == (api.scheme, api.netloc)


def within(answer: Answer, name: str) -> Answer:
    """The object of that name; empty if there is none."""
    found = answer.get(name)
    return cast("Answer", found) if isinstance(found, dict) else {}


def objects_in(answer: Answer, name: str) -> list[Answer]:
    """The objects of the list of that name; empty if there is none."""
    found = answer.get(name)
    items = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("Answer", each) for each in items if isinstance(each, dict)]


def _given(values: Mapping[str, object], token: str) -> dict[str, object]:
    given = {name: value for name, value in values.items() if value is not None}
    return {**given, "token": token}
