"""Slack's Web API with a workspace's own token."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count

from bot.slack.api import Answer, SlackApi, within
from bot.slack.rotation import WorkingTokens
from monitors.model import slack_errors
from monitors.model.workspace import Workspace

_Call = Callable[[str, str, Mapping[str, object]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class WorkspaceCalls:
    """Raises SlackPostError."""

    api: SlackApi
    tokens: WorkingTokens

    async def write(self, workspace: Workspace, method: str, body: Mapping[str, object]) -> Answer:
        return await self._with_token(workspace, self.api.write, method, body)

    async def read(self, workspace: Workspace, method: str, params: Mapping[str, object]) -> Answer:
        return await self._with_token(workspace, self.api.read, method, params)

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

    async def _with_token(
        self, workspace: Workspace, call: _Call, method: str, values: Mapping[str, object]
    ) -> Answer:
        token = await self.tokens.token(workspace)
        if token is None:
            raise slack_errors.DeadInstallationError("installation_not_found")
        try:
            return await call(method, token, values)
        except slack_errors.DeadInstallationError as error:
            if error.code == "token_expired":
                await self.tokens.expired(workspace, token)
                # Nothing was done, and the next attempt has a new token.
                raise slack_errors.SlackUnavailableError(
                    error.code, retry_after_seconds=0
                ) from error
            if not isinstance(error, slack_errors.MissingScopeError):
                self.tokens.revoked(workspace)
            raise
