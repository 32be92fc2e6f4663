"""Joining, listing and reading channels."""

import pytest

from tests.sandbox.slack.driver import App, Json, Slack


def test_joining_makes_the_bot_a_member_once(slack: Slack, app: App) -> None:
    room = slack.acme.research
    assert slack.api("conversations.join", channel=room)["channel"]["is_member"] is True
    assert slack.api("conversations.join", channel=room)["warning"] == "already_in_channel"
    assert app.wait_for_event("member_joined_channel")["event"]["user"] == slack.acme.bot_user_id


def test_what_cannot_be_joined_says_so(slack: Slack) -> None:
    private = slack.refused("conversations.join", channel=slack.acme.leadership)
    assert private == "method_not_supported_for_channel_type"
    slack.control("PATCH", f"/channels/{slack.acme.general}", archived=True)
    assert slack.refused("conversations.join", channel=slack.acme.general) == "is_archived"
    assert slack.refused("conversations.join", channel="C0") == "channel_not_found"
    assert slack.refused("conversations.join") == "channel_not_found"


def test_a_thread_is_read_in_pages_with_metadata_on_demand(slack: Slack) -> None:
    room = slack.acme.research
    slack.join(room)
    metadata = {"event_type": "finding", "event_payload": {"id": "1"}}
    parent = slack.post(room)["ts"]
    for number in range(3):
        slack.post(room, f"reply {number}", thread_ts=parent, metadata=metadata)
    thread: Json = {"channel": room, "ts": parent, "limit": 2}
    first = slack.api("conversations.replies", **thread)
    assert [message["text"] for message in first["messages"]] == ["hello", "reply 0", "reply 1"]
    assert "metadata" not in first["messages"][1]
    cursor = first["response_metadata"]["next_cursor"]
    rest = slack.api("conversations.replies", cursor=cursor, include_all_metadata=True, **thread)
    assert [message["text"] for message in rest["messages"]] == ["hello", "reply 2"]
    assert rest["messages"][1]["metadata"] == metadata
    assert rest["has_more"] is False
    missing = slack.refused("conversations.replies", channel=room, ts="1.0")
    assert missing == "thread_not_found"


def test_history_shows_the_newest_first_without_replies(slack: Slack) -> None:
    room = slack.acme.research
    slack.join(room)
    first = slack.post(room, "one")["ts"]
    slack.post(room, "reply", thread_ts=first)
    slack.post(room, "shown", thread_ts=first, reply_broadcast=True)
    last = slack.post(room, "two")["ts"]

    def texts(**more: Json) -> Json:
        messages = slack.api("conversations.history", channel=room, **more)["messages"]
        return [message["text"] for message in messages]

    assert texts() == ["two", "shown", "one"]
    assert texts(oldest=first) == ["two", "shown"]
    assert texts(oldest=first, latest=last, inclusive=True) == ["two", "shown", "one"]
    assert texts(limit=1) == ["two"]


def test_history_needs_membership(slack: Slack) -> None:
    room = slack.acme.research
    assert slack.refused("conversations.history", channel=room) == "not_in_channel"
    private = slack.refused("conversations.history", channel=slack.acme.leadership)
    assert private == "channel_not_found"


def test_history_may_be_limited_to_one_read_a_minute(slack: Slack) -> None:
    slack.control("PATCH", "/settings", history_limited=True)
    slack.join(slack.acme.research)
    assert slack.api("conversations.history", channel=slack.acme.research)["ok"]
    answer = slack.client.get(
        "/slack/api/conversations.history",
        params={"channel": slack.acme.research, "token": slack.token},
    )
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"limit": "many"}, "invalid_limit"),
        ({"cursor": "%%%"}, "invalid_cursor"),
        ({"cursor": "bmV4dDp4"}, "invalid_cursor"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
    ],
)
def test_nonsense_is_refused(slack: Slack, arguments: Json, error: str) -> None:
    slack.join(slack.acme.research)
    slack.post(slack.acme.research)
    refused = slack.refused("conversations.history", channel=slack.acme.research, **arguments)
    assert refused == error


def test_only_what_the_bot_may_see_is_listed(slack: Slack) -> None:
    def names(**more: Json) -> Json:
        channels = slack.api("conversations.list", **more)["channels"]
        return [channel["name"] for channel in channels]

    kinds = "public_channel,private_channel"
    assert names() == ["general", "research", "market-news"]
    assert "leadership" not in names(types=kinds)
    slack.control("PATCH", f"/channels/{slack.acme.leadership}", bot_member=True)
    assert "leadership" in names(types=kinds)
    assert slack.refused("conversations.list", types="rooms") == "invalid_types"
    direct = slack.api("conversations.info", channel=slack.acme.direct_message)["channel"]
    assert (direct["is_im"], direct["user"]) == (True, slack.acme.admin)


def test_a_persons_channels_are_listed_the_private_ones_only_where_the_bot_is(
    slack: Slack,
) -> None:
    def names(**more: Json) -> Json:
        answer = slack.api("users.conversations", user=slack.acme.admin, **more)
        return [channel["name"] for channel in answer["channels"]]

    kinds = "public_channel,private_channel"
    assert "general" in names()
    assert "leadership" not in names(types=kinds)
    leadership = f"/channels/{slack.acme.leadership}"
    slack.control("PATCH", leadership, bot_member=True)
    assert "leadership" in names(types=kinds)
    slack.control("PATCH", leadership, left=slack.acme.admin)
    assert "leadership" not in names(types=kinds)
    first = slack.api("users.conversations", user=slack.acme.admin, limit=1)
    assert len(first["channels"]) == 1
    assert "is_member" not in first["channels"][0]
    assert first["response_metadata"]["next_cursor"]
    assert slack.refused("users.conversations", types="rooms") == "invalid_types"
    assert slack.refused("users.conversations", user="U0NOBODY01") == "user_not_found"
