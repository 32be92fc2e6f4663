"""The single workspace of SLACK_BOT_TOKEN, without OAuth."""

import asyncio
from datetime import datetime
from typing import Final

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.slack.api import SlackApi, within
from monitors.model import slack_errors
from monitors.model.clock import Clock
from monitors.model.installation import Installation
from monitors.model.workspace import Workspace
from monitors.settings_problems import SetupError

_CHECK_SECONDS: Final = 5.0
_REFUSED: Final = (
    "is rejected by Slack ({code}). Copy it again from your Slack app's page, under OAuth & "
    "Permissions."
)
_REASONS: Final = {
    "missing_scope": (
        "lacks the scope users:read. Add the scopes of the manifest on your Slack app's page, "
        "reinstall the app, and copy the token again."
    ),
    "is_enterprise_install": (
        "belongs to a whole organisation, but serves a single workspace. Set SLACK_CLIENT_ID and "
        "SLACK_CLIENT_SECRET instead, which serve every workspace of the organisation."
    ),
    "not_allowed_token_type": (
        "isn't a bot token. Copy the Bot User OAuth Token, which starts with xoxb-, from your "
        "Slack app's page, under OAuth & Permissions."
    ),
}


class _Auth(BaseModel):
    """The answer of `auth.test`; a user's token has no `bot_id`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    team_id: str
    user_id: str
    bot_id: str | None = None
    enterprise_id: str | None = None
    is_enterprise_install: bool = False


class OneToken:
    """The workspace of SLACK_BOT_TOKEN; asks Slack once which it is."""

    def __init__(self, api: SlackApi, token: str, clock: Clock) -> None:
        self._api = api
        self._token = token
        self._clock = clock
        self._asking = asyncio.Lock()
        self._installation: Installation | None = None

    async def check(self) -> None:
        """At start: let pass what may work later. Raises SetupError."""
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await self._known()
        except slack_errors.DeadInstallationError as error:
            raise SetupError(_explained(error.code)) from error
        except (slack_errors.SlackPostError, TimeoutError) as error:
            structlog.get_logger("slack").warning(
                "SLACK_BOT_TOKEN not checked yet: Slack isn't responding",
                error=str(error) or "timeout",
            )

    async def find(self, workspace: Workspace) -> Installation | None:
        """Raises SlackPostError until Slack has said whose token it is."""
        found = await self._known()
        return found if workspace.team_id in {"", found.team_id} else None

    async def forget(self, place: Workspace, *, before: datetime) -> None:
        """Nothing to delete: the operator removes the token from the environment."""
        del place, before

    async def _known(self) -> Installation:
        async with self._asking:
            if self._installation is None:
                try:
                    self._installation = await self._ask()
                except ValidationError as error:
                    raise slack_errors.SlackUnavailableError("unreadable_answer") from error
        return self._installation

    async def _ask(self) -> Installation:
        auth = _Auth.model_validate(await self._api.write("auth.test", self._token, {}))
        if auth.is_enterprise_install:
            raise SetupError(_explained("is_enterprise_install"))
        if auth.bot_id is None:
            raise SetupError(_explained("not_allowed_token_type"))
        answer = await self._api.read("bots.info", self._token, {"bot": auth.bot_id})
        app_id = within(answer, "bot").get("app_id")
        if not isinstance(app_id, str):
            raise slack_errors.SlackUnavailableError("unreadable_answer")
        return Installation(
            app_id=app_id,
            enterprise_id=auth.enterprise_id,
            team_id=auth.team_id,
            bot_token=self._token,
            bot_id=auth.bot_id,
            bot_user_id=auth.user_id,
            user_id=auth.user_id,
            installed_at=self._clock.now(),
        )


def _explained(code: str) -> str:
    return f"SLACK_BOT_TOKEN {_REASONS.get(code, _REFUSED.format(code=code))}"
