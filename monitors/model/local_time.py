"""Moments as Slack markup, shown in each reader's own time zone."""

import re
from datetime import UTC, datetime
from typing import Final

FORMAT: Final = "{date_short_pretty} at {time}"
LOCAL_TIME: Final = re.compile(
    r"<!date\^(?P<seconds>\d{1,10})\^" + re.escape(FORMAT) + r"\|(?P<fallback>[0-9: -]{16} UTC)>"
)


def local_time(at: datetime) -> str:
    """Slack's date markup, with UTC for clients that cannot show it. A naive time is UTC."""
    moment = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return f"<!date^{int(moment.timestamp())}^{FORMAT}|{moment:%Y-%m-%d %H:%M} UTC>"
