"""The single workspace of SLACK_BOT_TOKEN, without OAuth."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from slack_sdk.oauth.installation_store import Installation

from bot.slack.api import SlackApi
from monitors.model.installation import InstallationFacts
from monitors.model.workspace import Workspace


class OneToken:
    """The workspace of SLACK_BOT_TOKEN; asks Slack once which it is."""

    def __init__(self, api: SlackApi, token: str, *, now: Callable[[], datetime]) -> None:
        self._api = api
        self._token = token
        self._now = now
        self._asking = asyncio.Lock()
        self._installation: Installation | None = None

    async def find(self, workspace: Workspace) -> Installation | None:
        """Raises the Slack client's errors until Slack has said whose token it is."""
        async with self._asking:
            if self._installation is None:
                self._installation = await self._ask()
        found = self._installation
        return found if workspace.team_id in {"", found.team_id} else None

    async def facts(self, workspace: Workspace) -> InstallationFacts | None:
        found = await self.find(workspace)
        if found is None:
            return None
        return InstallationFacts(
            place=Workspace(found.team_id or "", found.enterprise_id),
            app_id=found.app_id,
            bot_user_id=found.bot_user_id,
            installed_at=datetime.fromtimestamp(found.installed_at, UTC),
        )

    async def forget(self, place: Workspace, *, before: datetime) -> None:
        """Nothing to delete: the operator removes the token from the environment."""
        del place, before

    async def _ask(self) -> Installation:
        auth = cast("dict[str, str]", await self._api.write("auth.test", self._token, {}))
        bot = cast(
            "dict[str, dict[str, str]]",
            await self._api.read("bots.info", self._token, {"bot": auth["bot_id"]}),
        )
        return Installation(
            app_id=bot["bot"]["app_id"],
            enterprise_id=auth.get("enterprise_id"),
            team_id=auth["team_id"],
            team_name=auth.get("team"),
            bot_token=self._token,
            bot_id=auth["bot_id"],
            bot_user_id=auth["user_id"],
            user_id=auth["user_id"],
            installed_at=self._now().timestamp(),
        )
