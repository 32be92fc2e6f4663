"""The Events API: who hears of what, and how often."""

from tests.sandbox.slack.driver import App, Json, Slack, wait_until


def test_a_reply_is_an_event_with_its_envelope(slack: Slack, app: App) -> None:
    room = slack.acme.research
    slack.join(room)
    parent = slack.post(room)["ts"]
    said = slack.say(room, "cancelmonitor", thread_ts=parent)
    assert said["delivered"] == 200
    envelope = app.wait_for_event("message")
    assert envelope["type"] == "event_callback"
    assert envelope["event_id"].startswith("Ev")
    assert (envelope["team_id"], envelope["api_app_id"]) == (slack.acme.team_id, "A0SANDBOX01")
    assert envelope["authorizations"] == [
        {
            "enterprise_id": None,
            "team_id": slack.acme.team_id,
            "user_id": slack.acme.bot_user_id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
    ]
    event = envelope["event"]
    assert (event["text"], event["thread_ts"]) == ("cancelmonitor", parent)
    assert event["parent_user_id"] == slack.acme.bot_user_id
    assert (event["channel_type"], event["channel"]) == ("channel", room)
    assert "subtype" not in event


def test_a_broadcast_reply_names_its_root(slack: Slack, app: App) -> None:
    room = slack.acme.research
    slack.join(room)
    parent = slack.post(room)["ts"]
    slack.say(room, "status", thread_ts=parent, broadcast=True)
    event = app.wait_for_event("message")["event"]
    assert (event["subtype"], event["root"]["ts"]) == ("thread_broadcast", parent)


def test_the_bot_hears_nothing_where_it_is_no_member(slack: Slack, app: App) -> None:
    assert slack.say(slack.acme.research, "hello")["delivered"] is None
    assert slack.say(slack.acme.direct_message, "hello")["delivered"] == 200
    (envelope,) = app.events("message")
    assert envelope["event"]["channel_type"] == "im"


def test_what_people_type_is_escaped_but_mentions_are_kept(slack: Slack, app: App) -> None:
    slack.join(slack.acme.research)
    bot = slack.acme.bot_user_id
    slack.say(slack.acme.research, f"<@{bot}> a & b @ben")
    event = app.wait_for_event("message")["event"]
    assert event["text"] == f"<@{bot}> a &amp; b <@U0BEN00001>"
    slack.say(slack.acme.research, "@threadwatch hello", raw=False)
    wait_until(lambda: any(f"<@{bot}> hello" in e["event"]["text"] for e in app.events("message")))


def test_the_apps_own_messages_come_back_with_its_bot_id(slack: Slack, app: App) -> None:
    slack.control("PATCH", "/settings", own_message_events=True)
    slack.join(slack.acme.research)
    ts = slack.post(slack.acme.research)["ts"]
    wait_until(lambda: any(e["event"].get("bot_id") for e in app.events("message")))
    slack.api("chat.update", channel=slack.acme.research, ts=ts, text="changed")
    wait_until(
        lambda: any(e["event"].get("subtype") == "message_changed" for e in app.events("message"))
    )


def test_an_event_that_fails_is_sent_again_three_times(slack: Slack, app: App) -> None:
    start = slack.client.get("/control/slack/sent").json()["next"]

    def attempts() -> Json:
        """What the stand-in has noted: by then it already waits for the next attempt."""
        return slack.client.get("/control/slack/sent", params={"since": start}).json()["requests"]

    app.status = 503
    slack.say(slack.acme.direct_message, "hello")
    wait_until(lambda: len(attempts()) == 2)
    slack.clock.advance(61)
    wait_until(lambda: len(attempts()) == 3)
    slack.clock.advance(301)
    wait_until(lambda: len(attempts()) == 4)
    numbers = [heard.headers.get("x-slack-retry-num") for heard in app.heard]
    reasons = [heard.headers.get("x-slack-retry-reason") for heard in app.heard]
    assert numbers == [None, "1", "2", "3"]
    assert reasons == [None, "http_error", "http_error", "http_error"]
    assert len({heard.payload["event_id"] for heard in app.heard}) == 1
    assert [attempt["status"] for attempt in attempts()] == [503] * 4


def test_an_app_may_ask_for_no_retry(slack: Slack, app: App) -> None:
    app.status, app.headers = 500, {"x-slack-no-retry": "1"}
    slack.say(slack.acme.direct_message, "hello")
    app.status = 200
    slack.say(slack.acme.direct_message, "again")
    assert [heard.payload["event"]["text"] for heard in app.heard] == ["hello", "again"]


def test_changes_of_a_channel_are_announced(slack: Slack, app: App) -> None:
    room = slack.acme.research
    slack.join(room)
    ts = slack.post(room)["ts"]
    slack.control("PATCH", f"/channels/{room}", bot_member=False)
    assert app.wait_for_event("member_left_channel")["event"]["user"] == slack.acme.bot_user_id
    slack.control("PATCH", f"/channels/{room}", archived=True)
    assert app.wait_for_event("channel_archive")["event"]["channel"] == room
    changed = slack.control("PATCH", f"/channels/{room}", new_id=True, archived=False)
    event = app.wait_for_event("channel_id_changed")["event"]
    assert (event["old_channel_id"], event["new_channel_id"]) == (room, changed["id"])
    assert slack.refused("chat.postMessage", channel=room, text="x") == "channel_not_found"
    assert slack.messages(changed["id"])[0]["ts"] == ts


def test_uninstalling_ends_the_token_and_is_announced_twice(slack: Slack, app: App) -> None:
    slack.join(slack.acme.research)
    slack.control("POST", "/uninstall", team_id=slack.acme.team_id)
    revoked = app.wait_for_event("tokens_revoked")["event"]
    assert revoked["tokens"] == {"oauth": [], "bot": [slack.acme.bot_user_id]}
    app.wait_for_event("app_uninstalled")
    assert slack.refused("auth.test") == "token_revoked"
    state = slack.state()
    assert state["teams"][0]["installed"] is False
    (room,) = [each for each in state["channels"] if each["id"] == slack.acme.research]
    assert slack.acme.bot_user_id not in room["members"]


def test_configuring_challenges_the_request_url(slack: Slack, app: App) -> None:
    good = slack.control("POST", "/configure", request_url=f"{app.url}/slack/events")
    assert good["url_verification"] == {"ok": True, "status": 200, "error": None}
    bad = slack.control("POST", "/configure", request_url=f"{app.url}/nowhere")
    assert bad["url_verification"]["ok"] is False
    gone = slack.control("POST", "/configure", request_url="http://127.0.0.1:1/")
    assert gone["url_verification"]["error"] == "connection_failed"


def test_the_home_tab_opens_with_the_view_it_has(slack: Slack, app: App) -> None:
    who = {"team_id": slack.acme.team_id, "user": slack.acme.admin}
    assert slack.control("POST", "/home", **who)["delivered"] == 200
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    assert slack.api("views.publish", user_id=slack.acme.admin, view=view)["ok"]
    slack.control("POST", "/home", **who)
    first, second = (envelope["event"] for envelope in app.events("app_home_opened"))
    assert "view" not in first
    assert second["view"]["type"] == "home"
    assert second["tab"] == "home"
