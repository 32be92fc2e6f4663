"""Slack's Web API with a workspace's own token; failures are SlackPostErrors."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final, cast

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.slack.api import Answer, SlackApi, within
from monitors.model.slack_errors import (
    REFUSALS,
    DeadInstallationError,
    MissingScopeError,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
    SlackUnavailableError,
    error_for_code,
)
from monitors.model.workspace import Workspace
from monitors.parallel.failures import wait_of

_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429
# Far above what Slack asks for: a mistaken date must not silence a workspace.
_LONGEST_WAIT_SECONDS: Final = 300.0

TokenOf = Callable[[Workspace], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class WorkspaceCalls:
    """Raises SlackPostError.

    `on_revoked` is called for a workspace whose token Slack rejects. `on_expired` refreshes an
    expired token; it raises if that is impossible.
    """

    api: SlackApi
    token_of: TokenOf
    on_revoked: Callable[[Workspace], Awaitable[None]]
    on_expired: Callable[[Workspace, str], Awaitable[None]]

    async def write(self, workspace: Workspace, method: str, body: Mapping[str, object]) -> Answer:
        token = await self._token(workspace)
        async with self._errors(workspace, token):
            return await self.api.write(method, token, body)

    async def read(self, workspace: Workspace, method: str, params: Mapping[str, object]) -> Answer:
        token = await self._token(workspace)
        async with self._errors(workspace, token):
            return await self.api.read(method, token, params)

    async def pages(
        self,
        workspace: Workspace,
        method: str,
        params: Mapping[str, object],
        *,
        most: int | None = None,
    ) -> AsyncGenerator[Answer]:
        """Each part of a list that Slack sends in parts."""
        cursor: object = None
        for _ in count() if most is None else range(most):
            answer = await self.read(workspace, method, {**params, "cursor": cursor})
            yield answer
            cursor = within(answer, "response_metadata").get("next_cursor")
            if not cursor:
                return

    async def _token(self, workspace: Workspace) -> str:
        token = await self.token_of(workspace)
        if token is None:
            raise DeadInstallationError("installation_not_found")
        return token

    @asynccontextmanager
    async def _errors(self, workspace: Workspace, token: str) -> AsyncGenerator[None]:
        """Turns failures of Slack and the network into SlackPostError, and notices dead tokens."""
        try:
            async with slack_errors():
                yield
        except DeadInstallationError as error:
            if error.code == "token_expired":
                await self.on_expired(workspace, token)
                # Nothing was done, and the next attempt has a new token.
                raise SlackUnavailableError(error.code, retry_after_seconds=0) from error
            if not isinstance(error, MissingScopeError):
                await self.on_revoked(workspace)
            raise


@asynccontextmanager
async def slack_errors() -> AsyncGenerator[None]:
    """Turns failures of Slack and the network into SlackPostError."""
    try:
        yield
    except SlackApiError as error:
        raise cause_of(error) from error
    except aiohttp.ClientConnectorError as error:
        raise SlackUnavailableError("unreachable") from error
    except TimeoutError as error:
        raise PostUncertainError("timeout") from error
    except (aiohttp.ClientError, asyncio.IncompleteReadError) as error:
        raise PostUncertainError("connection_lost") from error
    except (AttributeError, LookupError, ValueError) as error:
        # slack_sdk's own, over an answer that is no JSON object or not in its charset.
        raise PostUncertainError("unreadable_answer") from error


def cause_of(error: SlackApiError) -> SlackPostError:
    """Our error for an answer that was not ok.

    The answer may be HTML, or not a dictionary (slack_sdk keeps whatever it received).
    """
    response = cast("object", error.response)  # pyright: ignore[reportUnknownMemberType] - untyped in slack_sdk
    status = getattr(response, "status_code", getattr(response, "status", 200))
    headers = cast("dict[str, str]", getattr(response, "headers", {}) or {})
    if status == _TOO_MANY:
        wait = wait_of(headers.get("Retry-After") or headers.get("retry-after"))
        wait = min(wait or 1.0, _LONGEST_WAIT_SECONDS)
        return SlackBusyError("ratelimited", retry_after_seconds=wait)
    data = getattr(response, "data", None)
    answer = cast("Answer", data) if isinstance(data, dict) else {}
    code = answer.get("error")
    failed = int(status) >= _SERVER_ERROR
    if not isinstance(code, str):
        code = "internal_error" if failed else "unreadable_answer"
    cause = error_for_code(code)
    if cause is MissingScopeError:
        needed = answer.get("needed")
        return MissingScopeError(code, needed=needed if isinstance(needed, str) else "")
    # With a 5xx, whatever stands beside it, it isn't clear what was done.
    return PostUncertainError(code) if failed and issubclass(cause, REFUSALS) else cause(code)
