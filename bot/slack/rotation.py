"""Refreshes expiring tokens ahead of time, by one process at a time.

Slack's refresh token works once, so with two refreshes at once, one would get a dead token. The
process that refreshes takes a lease on the installation's row, and calls Slack with no transaction
open; the others keep using the token that still works.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

import structlog

from bot.slack.api import Answer, SlackApi
from bot.slack.installations import Installations
from monitors.model.clock import Clock
from monitors.model.installation import Installation
from monitors.model.slack_errors import (
    DeadInstallationError,
    SlackPostError,
    SlackUnavailableError,
)
from monitors.model.workspace import Workspace
from monitors.workspaces.installations import SqlInstallations

# Before a token's twelve hours are over. The old one works until then, so no one has to wait.
AHEAD: Final = timedelta(hours=2)
# Longer than Slack may take to answer (bot.timings.CALL_SECONDS). After a failure or a
# crash, a refresh is tried again after this time.
LEASE: Final = timedelta(seconds=30)
_WAIT_SECONDS: Final = 1.0
_ANOTHER_REFRESHES: Final = "token_expired"


@dataclass(frozen=True, slots=True)
class WorkingTokens:
    """The tokens for calls to Slack, refreshed before they expire.

    `client_id` and `client_secret` are the Slack app's own; without OAuth, where they are None, the
    operator's one token doesn't expire.
    """

    installations: Installations
    rows: SqlInstallations
    api: SlackApi
    clock: Clock
    client_id: str | None
    client_secret: str | None = field(repr=False)
    lease: timedelta = LEASE

    async def token(self, workspace: Workspace) -> str | None:
        """Raises SlackPostError if the token has expired and can't be refreshed now."""
        installation = await self.installations.find(workspace)
        if installation is None or self.client_id is None:
            return installation.bot_token if installation else None
        token, expires_at = installation.bot_token, installation.bot_token_expires_at
        if token is None or expires_at is None:
            return token
        left_seconds = expires_at - self.clock.now().timestamp()
        if left_seconds > AHEAD.total_seconds():
            return token
        try:
            return await self._another(workspace, token)
        except (DeadInstallationError, SlackUnavailableError) as error:
            if left_seconds <= 0:
                raise
            if error.code != _ANOTHER_REFRESHES:
                structlog.get_logger("slack").warning(
                    "token not refreshed", team_id=workspace.team_id, code=error.code
                )
            return token

    async def expired(self, workspace: Workspace, used: str) -> None:
        """Refresh a token that Slack says has expired, whatever our clock says.

        Raises DeadInstallationError if that is impossible, SlackUnavailableError while another
        process does it. Otherwise the next attempt has a new token.
        """
        if self.client_id is None:
            raise DeadInstallationError("token_expired")
        await self._another(workspace, used)

    def revoked(self, workspace: Workspace) -> None:
        """Slack rejects a token that was cached: ask the store next time."""
        self.installations.drop(workspace)

    async def _another(self, workspace: Workspace, used: str) -> str | None:
        try:
            fresh = await self._refreshed(workspace, used)
        finally:
            self.installations.drop(workspace)
        if fresh is None:
            raise SlackUnavailableError(_ANOTHER_REFRESHES, retry_after_seconds=_WAIT_SECONDS)
        return fresh.bot_token

    async def _refreshed(self, workspace: Workspace, used: str) -> Installation | None:
        """The installation with a token other than `used`; None while another process refreshes it.

        Raises DeadInstallationError if Slack refuses for good, SlackPostError if that isn't known.
        """
        found = await self.rows.find(workspace)
        if found is None:
            raise DeadInstallationError("installation_not_found")
        if not _has_token(found, used):
            return found
        now = self.clock.now()
        until = now + self.lease
        leased = await self.rows.lease(found.place, now=now, until=until)
        if leased is None or not _has_token(leased, used):
            return leased
        if not leased.bot_refresh_token:
            raise DeadInstallationError("token_expired")
        fresh = _renewed(leased, await self._ask(leased.bot_refresh_token), now=now)
        if not await self.rows.refreshed(fresh, leased_until=until):
            return None  # installed again in the meantime
        structlog.get_logger("slack").info("token refreshed", team_id=workspace.team_id)
        return fresh

    async def _ask(self, refresh_token: str) -> Answer:
        fields = {
            "client_id": self.client_id or "",
            "client_secret": self.client_secret or "",
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
        }
        try:
            return await self.api.submit("oauth.v2.access", fields)
        except DeadInstallationError:
            raise
        except SlackPostError as error:
            # It may have been done: Slack accepts the old refresh token until the new one is used.
            wait = error.retry_after_seconds
            raise SlackUnavailableError(error.code, retry_after_seconds=wait) from error


def _has_token(installation: Installation, used: str) -> bool:
    return compare_digest(installation.bot_token or "", used)


def _renewed(installation: Installation, answer: Answer, *, now: datetime) -> Installation:
    """Raises SlackUnavailableError if the answer has no token."""
    token, refresh_token = answer.get("access_token"), answer.get("refresh_token")
    seconds = answer.get("expires_in")
    if not isinstance(token, str) or not isinstance(refresh_token, str):
        raise SlackUnavailableError("no_token_in_answer")
    ends = int(now.timestamp()) + seconds if isinstance(seconds, int) else None
    return replace(
        installation,
        bot_token=token,
        bot_refresh_token=refresh_token,
        bot_token_expires_at=ends,
    )
