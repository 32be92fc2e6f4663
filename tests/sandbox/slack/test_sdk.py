"""Slack's own Python SDK works against the stand-in."""

import anyio
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.slack.driver import App, Json, Slack


def test_the_official_client_posts_reads_and_opens(slack: Slack, app: App) -> None:
    room = slack.acme.research

    async def use() -> None:
        client: Json = AsyncWebClient(
            token=slack.token, base_url=f"{slack.url}/slack/api/", retry_handlers=[]
        )
        await client.conversations_join(channel=room)
        blocks = [{"type": "divider"}]
        posted = await client.chat_postMessage(
            channel=room,
            text="hi",
            blocks=blocks,
            metadata={"event_type": "card", "event_payload": {"id": "1"}},
            unfurl_links=False,
            unfurl_media=False,
        )
        await client.chat_update(channel=room, ts=str(posted["ts"]), text="there")
        thread = await client.conversations_replies(
            channel=room, ts=str(posted["ts"]), include_all_metadata=True
        )
        assert thread["messages"][0]["metadata"]["event_type"] == "card"
        await client.views_publish(
            user_id=slack.acme.admin, view={"type": "home", "blocks": blocks}
        )
        tested = await client.auth_test()
        assert tested.headers["x-oauth-scopes"]
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="C0NOWHERE0", text="x")
        assert "channel_not_found" in str(caught.value)

    anyio.run(use)
    (kept,) = slack.messages(room)
    assert (kept["text"], kept["unfurl_links"], kept["unfurl_media"]) == ("there", False, False)
    assert slack.state()["homes"][slack.acme.admin]["type"] == "home"
    app.wait_for_event("message")
