"""Slack's own framework takes the stand-in for Slack: signatures, acks, answers, events."""

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.slack import SlackSettings
from tests.sandbox.parallel.driver import serving, wait_until
from tests.sandbox.slack.driver import Json, Slack


def bolt_app(slack: Slack) -> list[BaseRoute]:
    client = AsyncWebClient(token=slack.token, base_url=f"{slack.url}/slack/api/")
    app: Json = AsyncApp(signing_secret=SlackSettings().signing_secret, client=client)

    async def monitor(ack: Json, respond: Json, say: Json, command: Json) -> None:
        await ack("Setting up…")
        await say(f"Watching {command['text']}")
        await respond("Ready")

    async def reply(event: Json, say: Json) -> None:
        await say("Cancelled", thread_ts=event["thread_ts"])

    app.command("/monitor")(monitor)
    app.message("cancelmonitor")(reply)
    handler: Json = AsyncSlackRequestHandler(app)

    async def door(request: Request) -> Response:
        return await handler.handle(request)

    return [Route("/slack/events", door, methods=["POST"])]


def test_a_bolt_app_answers_commands_and_replies(slack: Slack) -> None:
    room = slack.acme.research
    slack.join(room)
    with serving(bolt_app(slack)) as url:
        configured = slack.control("POST", "/configure", request_url=f"{url}/slack/events")
        assert configured["url_verification"]["ok"] is True
        assert slack.command("papers")["answer"] == "Setting up…"
        wait_until(lambda: len(slack.state()["ephemerals"]) == 2)
        shown = [ephemeral["text"] for ephemeral in slack.state()["ephemerals"]]
        assert sorted(shown) == ["Ready", "Setting up…"]
        (card,) = slack.messages(room)
        assert card["text"] == "Watching papers"
        assert slack.say(room, "cancelmonitor", thread_ts=card["ts"])["delivered"] == 200
        wait_until(lambda: len(slack.messages(room)) == 3)
        assert slack.messages(room)[-1]["text"] == "Cancelled"
        forged = slack.control("POST", "/raw", body="{}", timestamp_offset=-600)
        assert forged["status"] == 401
