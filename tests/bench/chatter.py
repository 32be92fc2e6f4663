"""People talking in channels, as Slack tells of it: nothing here concerns a monitor."""

import json
from typing import Final

from tests.bench.known import APP_ID

_WORDS: Final = (
    "Has anybody looked at the numbers from last week? I think the second column is off, and "
    "the chart in the deck was made from it. <@U0BENCH002> could you check before the meeting?"
)


def chatter(name: str, team_id: str) -> bytes:
    """Of ten: five in the channel, three in threads, one by a bot, one edited."""
    turn = int(name.rpartition("_")[2]) % 10
    thread = {"thread_ts": "1767225500.000100", "parent_user_id": "U0BENCH002"}
    said = _said(f"{_WORDS} ({name})")
    event: dict[str, object] = {**said, "type": "message", "channel": "C0BENCH001"}
    event |= {"channel_type": "channel", "event_ts": "1767225600.000200"}
    if turn in range(5, 8):
        event |= thread
    elif turn == 8:
        event |= {"bot_id": "B0BENCH009", "subtype": "bot_message"}
    elif turn == 9:
        event = {
            "type": "message",
            "subtype": "message_changed",
            "message": said,
            "previous_message": said,
            "channel": "C0BENCH001",
            "hidden": True,
            "ts": "1767225601.000200",
            "event_ts": "1767225601.000200",
            "channel_type": "channel",
        }
    return json.dumps(_envelope(name, team_id, event)).encode()


def _said(text: str) -> dict[str, object]:
    part = {"type": "text", "text": text}
    section = {"type": "rich_text_section", "elements": [part]}
    return {
        "user": "U0BENCH001",
        "type": "message",
        "ts": "1767225600.000200",
        "client_msg_id": "5a4d1f6e-0000-4000-8000-000000000000",
        "text": text,
        "team": "T0BENCH001",
        "blocks": [{"type": "rich_text", "block_id": "b1", "elements": [section]}],
    }


def _envelope(name: str, team_id: str, event: dict[str, object]) -> dict[str, object]:
    authorization = {
        "enterprise_id": None,
        "team_id": team_id,
        "user_id": "U0BENCHBOT",
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "unused",
        "team_id": team_id,
        "context_team_id": team_id,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{name}",
        "event_time": 1767225600,
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": "4-eyJldCI6Im1lc3NhZ2UiLCJ0aWQiOiJUMEJFTkNIMDAxIn0",
    }
