"""Posting, changing and deleting messages, and who may."""

import pytest

from tests.sandbox.slack.driver import Json, Slack


def section(text: str = "hello") -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def test_a_posted_message_is_answered_in_full_and_kept(slack: Slack) -> None:
    metadata = {"event_type": "finding", "event_payload": {"event_id": "e1"}}
    posted = slack.post(
        slack.acme.research, "hi", blocks=[section()], metadata=metadata, unfurl_links=False
    )
    assert posted["message"]["bot_id"]
    assert posted["message"]["metadata"] == metadata
    (kept,) = slack.messages(slack.acme.research)
    assert kept["ts"] == posted["ts"]
    assert (kept["unfurl_links"], kept["unfurl_media"]) == (False, True)
    assert kept["blocks"][0]["block_id"]
    assert kept["metadata"] == metadata


def test_replies_are_counted_at_their_parent(slack: Slack) -> None:
    parent = slack.post(slack.acme.research)["ts"]
    reply = slack.post(slack.acme.research, "more", thread_ts=parent)
    assert reply["message"]["thread_ts"] == parent
    assert reply["message"]["parent_user_id"] == slack.acme.bot_user_id
    root, kept = slack.messages(slack.acme.research)
    assert (root["reply_count"], root["latest_reply"]) == (1, kept["ts"])
    assert kept["thread_ts"] == parent


def test_a_reply_whose_parent_is_gone_is_posted_top_level(slack: Slack) -> None:
    room = slack.acme.research
    parent = slack.post(room)["ts"]
    reply = slack.post(room, "more", thread_ts=parent)["ts"]
    slack.control("DELETE", f"/messages/{room}/{parent}")
    for thread_ts in (parent, "1700000000.000100"):
        assert "thread_ts" not in slack.post(room, "x", thread_ts=thread_ts)["message"]
    error = slack.refused("chat.postMessage", channel=room, text="x", thread_ts=reply)
    assert error == "cannot_reply_to_message"


def test_a_private_channel_without_the_bot_does_not_exist_for_it(slack: Slack) -> None:
    room = slack.acme.leadership
    assert slack.refused("chat.postMessage", channel=room, text="x") == "channel_not_found"
    assert slack.refused("conversations.info", channel=room) == "channel_not_found"
    slack.control("PATCH", f"/channels/{room}", bot_member=True)
    assert slack.post(room)["ok"]


def test_an_archived_channel_takes_nothing(slack: Slack) -> None:
    slack.control("PATCH", f"/channels/{slack.acme.general}", archived=True)
    error = slack.refused("chat.postMessage", channel=slack.acme.general, text="x")
    assert error == "is_archived"


def test_without_the_scope_for_it_a_public_channel_must_be_joined_first(slack: Slack) -> None:
    team = slack.control("POST", "/teams", name="Other")
    room = slack.control("POST", "/channels", team_id=team["team_id"], name="lobby")["id"]
    scopes = ["chat:write", "channels:join"]
    grant = slack.control("POST", "/tokens", team_id=team["team_id"], scopes=scopes)
    token = grant["access_token"]
    arguments = {"channel": room, "text": "x"}
    assert slack.refused("chat.postMessage", token=token, **arguments) == "not_in_channel"
    assert slack.api("conversations.join", token=token, channel=room)["ok"]
    assert slack.api("chat.postMessage", token=token, **arguments)["ok"]


def test_a_token_sees_only_its_own_workspace(slack: Slack) -> None:
    team = slack.control("POST", "/teams", name="Other")
    token = slack.control("POST", "/tokens", team_id=team["team_id"])["access_token"]
    room = slack.acme.general
    post = {"channel": room, "text": "x"}
    assert slack.refused("chat.postMessage", token=token, **post) == "channel_not_found"
    assert slack.refused("users.info", token=token, user=slack.acme.admin) == "user_not_found"
    assert slack.api("conversations.list", token=token)["channels"] == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "nonsense"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [{"type": "carousel"}]}, "invalid_blocks"),
        ({"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": "{"}, "invalid_metadata_format"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "attachments": "?"}, "invalid_attachments"),
        ({"text": ["x"]}, "invalid_arguments"),
        ({"blocks": [section("y" * 2900) for _ in range(4)]}, "msg_blocks_too_long"),
    ],
)
def test_what_slack_refuses_is_refused(slack: Slack, arguments: Json, error: str) -> None:
    room = slack.acme.research
    assert slack.refused("chat.postMessage", channel=room, **arguments) == error
    assert slack.messages(room) == []


def test_an_update_replaces_text_and_blocks_of_the_apps_own_message(slack: Slack) -> None:
    room = slack.acme.research
    slack.api("conversations.join", channel=room)
    ts = slack.post(room, "before", blocks=[section("before")])["ts"]
    assert slack.api("chat.update", channel=room, ts=ts, blocks=[section("after")])["ok"]
    (kept,) = slack.messages(room)
    assert kept["blocks"][0]["text"]["text"] == "after"
    assert (kept["text"], kept["edited"]) == ("before", True)
    (read,) = slack.api("conversations.history", channel=room)["messages"]
    assert "edited" not in read
    assert slack.api("chat.update", channel=room, ts=ts, text="only text")["ok"]
    (read,) = slack.api("conversations.history", channel=room)["messages"]
    assert read["edited"]["user"] == read["user"]
    assert slack.messages(room)[0]["blocks"] == []
    too_long = slack.refused("chat.update", channel=room, ts=ts, text="x" * 4001)
    assert too_long == "msg_too_long"


def test_other_peoples_messages_cannot_be_changed(slack: Slack) -> None:
    room = slack.acme.research
    ts = slack.say(room, "mine")["ts"]
    assert slack.refused("chat.update", channel=room, ts=ts, text="x") == "cant_update_message"
    assert slack.refused("chat.delete", channel=room, ts=ts) == "cant_delete_message"
    assert slack.refused("chat.update", channel=room, ts="1.0", text="x") == "message_not_found"


def test_a_deleted_parent_with_replies_leaves_a_tombstone(slack: Slack) -> None:
    room = slack.acme.research
    parent = slack.post(room)["ts"]
    slack.post(room, "more", thread_ts=parent)
    assert slack.api("chat.delete", channel=room, ts=parent)["ok"]
    assert [kept["subtype"] for kept in slack.messages(room)] == ["tombstone", None]


def test_an_ephemeral_message_is_seen_by_one_person_in_a_channel_with_the_bot(slack: Slack) -> None:
    arguments = {"channel": slack.acme.research, "user": slack.acme.admin, "text": "psst"}
    assert slack.refused("chat.postEphemeral", **arguments) == "not_in_channel"
    slack.join(slack.acme.research)
    assert slack.api("chat.postEphemeral", **arguments)["message_ts"]
    (kept,) = slack.state()["ephemerals"]
    assert (kept["user"], kept["text"]) == (slack.acme.admin, "psst")
    arguments["user"] = "U0NOBODY00"
    assert slack.refused("chat.postEphemeral", **arguments) == "user_not_in_channel"


def test_a_person_can_be_written_to_directly(slack: Slack) -> None:
    opened = slack.api("conversations.open", users=slack.acme.users[1])
    posted = slack.post(slack.acme.users[1])
    assert posted["channel"] == opened["channel"]["id"]
    assert slack.post(slack.acme.admin)["channel"] == slack.acme.direct_message


def test_a_permalink_names_the_thread(slack: Slack) -> None:
    room = slack.acme.research
    parent = slack.post(room)["ts"]
    reply = slack.post(room, "more", thread_ts=parent)["ts"]
    link = slack.api("chat.getPermalink", channel=room, message_ts=reply)["permalink"]
    assert link.startswith(f"https://acme.slack.com/archives/{room}/p")
    assert f"thread_ts={parent}" in link


def test_everything_that_would_notify_is_noted(slack: Slack) -> None:
    room = slack.acme.research
    loud: Json = {"type": "mrkdwn", "text": "@here <!channel|x>"}
    slack.post(room, "<@U0ADA00001> @channel", blocks=[{"type": "section", "text": loud}])
    quiet: Json = {
        "type": "mrkdwn",
        "text": "@here &lt;!channel&gt; a@channel.org",
        "verbatim": True,
    }
    plain: Json = {"type": "plain_text", "text": "<!everyone> @here"}
    slack.post(room, "&lt;@U1&gt;", blocks=[{"type": "section", "fields": [quiet, plain]}])
    person: Json = {"type": "user", "user_id": "U0BEN00001"}
    inside: Json = {"type": "rich_text_section", "elements": [person]}
    slack.post(room, "x", blocks=[{"type": "rich_text", "elements": [inside]}])
    mentions = [message["pings"] for message in slack.messages(room)]
    assert mentions == [
        ["<@U0ADA00001>", "<!channel|x>", "@here"],
        [],
        ["<@U0BEN00001>"],
    ]


def test_more_than_a_message_a_second_meets_the_limit_of_that_channel(slack: Slack) -> None:
    slack.control("PATCH", "/settings", message_burst=2, messages_per_second=0.01)
    for _ in range(2):
        slack.post(slack.acme.research)
    answer = slack.client.post(
        "/slack/api/chat.postMessage",
        json={"channel": slack.acme.research, "text": "x"},
        headers={"authorization": f"Bearer {slack.token}"},
    )
    assert (answer.status_code, answer.json()["error"]) == (429, "ratelimited")
    assert 90 <= int(answer.headers["retry-after"]) <= 100
    assert slack.post(slack.acme.general)["ok"]
