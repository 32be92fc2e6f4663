"""What is known about a Slack installation, without its tokens."""

from dataclasses import dataclass
from datetime import datetime

from monitors.model.workspace import Workspace


@dataclass(frozen=True, slots=True)
class InstallationFacts:
    """`place` is the workspace it was made for; an organisation-wide one has no team."""

    place: Workspace
    app_id: str | None
    bot_user_id: str | None
    installed_at: datetime

    def is_newer_than(self, moment: datetime) -> bool:
        """Slack dates events in whole seconds: an event in the same second counts as later."""
        return self.installed_at.replace(microsecond=0) > moment
