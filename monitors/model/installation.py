"""A Slack installation: the app in a workspace, or in a whole organisation."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import PlainSerializer

from monitors.model.workspace import Workspace

_Moment = Annotated[datetime, PlainSerializer(datetime.timestamp)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """With its tokens. `user_id` installed it; an organisation's serves many workspaces.

    It is stored as version 0.1.0 stored slack_sdk's `Installation`: by its names, and the moments
    as numbers.
    """

    app_id: str | None = None
    enterprise_id: str | None = None
    team_id: str | None = None
    bot_token: str | None = field(default=None, repr=False)
    bot_id: str | None = None
    bot_user_id: str | None = None
    bot_refresh_token: str | None = field(default=None, repr=False)
    bot_token_expires_at: int | None = None
    user_id: str
    is_enterprise_install: bool = False
    installed_at: _Moment

    @property
    def place(self) -> Workspace:
        """What it was made for: an organisation has no team."""
        team_id = None if self.is_enterprise_install else self.team_id
        return Workspace(team_id or "", self.enterprise_id)

    def is_newer_than(self, moment: datetime) -> bool:
        """Slack dates events in whole seconds: an event in the same second counts as later."""
        return self.installed_at.replace(microsecond=0) > moment
