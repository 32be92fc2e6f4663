"""Drives the stand-in over real HTTP, and plays the app that it talks to."""

import hashlib
import hmac
import json
import random
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.plain_http import NO_TLS
from sandbox.slack import DemoWorkspace, SlackSettings, SlackStandIn
from tests.sandbox.parallel.driver import serving, serving_stand_in, wait_until

# Answers are looked into freely by tests: any JSON.
Json = Any
EVERY_EVENT = [
    *SlackSettings().events,
    "app_mention",
    "channel_left",
    "member_joined_channel",
]


@dataclass(frozen=True, slots=True)
class Heard:
    """One request from Slack as it reached the app."""

    headers: dict[str, str]
    raw: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw.decode(), keep_blank_values=True))

    @property
    def payload(self) -> Json:
        """An interaction's payload, or an event's envelope."""
        if self.headers["content-type"].startswith("application/json"):
            return json.loads(self.raw)
        return json.loads(self.form["payload"])

    def is_signed_with(self, secret: str) -> bool:
        base = f"v0:{self.headers['x-slack-request-timestamp']}:".encode() + self.raw
        digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"v0={digest}", self.headers["x-slack-signature"])


@dataclass(slots=True)
class App:
    """A tiny Slack app: keeps what it hears, answers what it is told to."""

    url: str = ""
    slack_url: str = ""
    heard: list[Heard] = field(default_factory=list[Heard])
    status: int = 200
    answer: Json = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    tokens: list[Json] = field(default_factory=list[Json])
    redirect_query: dict[str, str] = field(default_factory=dict[str, str])

    def fresh(self) -> None:
        self.heard.clear()
        self.tokens.clear()
        self.status, self.answer, self.headers = 200, None, {}

    async def hear(self, request: Request) -> Response:
        heard = Heard(dict(request.headers), await request.body())
        if b'"url_verification"' in heard.raw:
            return JSONResponse({"challenge": heard.payload["challenge"]})
        self.heard.append(heard)
        if self.answer is None:
            return Response(status_code=self.status, headers=self.headers)
        if isinstance(self.answer, str):
            return PlainTextResponse(self.answer, status_code=self.status)
        return JSONResponse(self.answer, status_code=self.status)

    async def install_page(self, request: Request) -> Response:
        link = f"{self.slack_url}/slack/oauth/v2/authorize?client_id={SlackSettings().client_id}"
        link += "&amp;scope=commands,chat:write&amp;state=state-1"
        link += f"&amp;redirect_uri={self.url}/slack/oauth_redirect"
        page = HTMLResponse(f'<a href="{link}">Add to Slack</a>')
        page.set_cookie("state", "state-1")
        assert request.method == "GET"
        return page

    async def redirected(self, request: Request) -> Response:
        self.redirect_query = dict(request.query_params)
        if request.cookies.get("state") != self.redirect_query["state"]:
            return PlainTextResponse("wrong browser", status_code=400)
        if "code" not in self.redirect_query:
            return PlainTextResponse(self.redirect_query["error"])
        settings = SlackSettings()
        async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
            answer = await client.post(
                f"{self.slack_url}/slack/api/oauth.v2.access",
                data={
                    "code": self.redirect_query["code"],
                    "redirect_uri": f"{self.url}/slack/oauth_redirect",
                },
                auth=(settings.client_id, settings.client_secret),
            )
        self.tokens.append(answer.json())
        return PlainTextResponse("installed")

    def wait_for(self, count: int) -> list[Heard]:
        wait_until(lambda: len(self.heard) >= count)
        return self.heard

    def events(self, kind: str) -> list[Json]:
        """The envelopes of one event type heard so far."""
        envelopes = [
            heard.payload
            for heard in list(self.heard)
            if heard.headers["content-type"].startswith("application/json")
        ]
        return [envelope for envelope in envelopes if envelope["event"]["type"] == kind]

    def wait_for_event(self, kind: str) -> Json:
        return wait_until(lambda: self.events(kind))[0]


class Slack:
    """The running stand-in, as the app and as the people in it see it."""

    def __init__(self, url: str, clock: Clock, stand_in: SlackStandIn) -> None:
        self.url = url
        self.clock = clock
        self.stand_in = stand_in
        self.acme: DemoWorkspace = stand_in.seed_demo()
        assert self.acme.bot_token is not None
        self.token = self.acme.bot_token
        self.client = httpx.Client(base_url=url, trust_env=False, verify=NO_TLS, timeout=60)

    def fresh(self, app: App) -> None:
        self.control("POST", "/reset", installed=True)
        self.control("PATCH", "/settings", token_rotation=False, message_burst=20)
        self.control(
            "PATCH",
            "/settings",
            own_message_events=False,
            history_limited=False,
            update_events=True,
        )
        self.control(
            "PATCH", "/settings", trigger_seconds=3.0, ack_seconds=3.0, messages_per_second=1.0
        )
        self.clock.speed = 1.0
        self.control(
            "POST",
            "/configure",
            request_url=f"{app.url}/slack/events",
            redirect_url=f"{app.url}/slack/oauth_redirect",
            install_url="",
            commands=["/monitor", "/hourly", "/help"],
            events=EVERY_EVENT,
        )

    def api(self, method: str, *, token: str | None = None, **arguments: Json) -> Json:
        headers = {"authorization": f"Bearer {token or self.token}"}
        answer = self.client.post(f"/slack/api/{method}", json=arguments, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, *, token: str | None = None, **arguments: Json) -> str:
        answer = self.api(method, token=token, **arguments)
        assert answer["ok"] is False
        return answer["error"]

    def ask(self, method: str, path: str, **fields: Json) -> httpx.Response:
        return self.client.request(method, f"/control/slack{path}", json=fields)

    def control(self, method: str, path: str, **fields: Json) -> Json:
        answer = self.ask(method, path, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> Json:
        return self.client.get("/control/slack/state").json()

    def messages(self, channel: str) -> Json:
        return self.state()["messages"][channel]

    def post(self, channel: str, text: str = "hello", **more: Json) -> Json:
        answer = self.api("chat.postMessage", channel=channel, text=text, **more)
        assert answer["ok"], answer
        return answer

    def join(self, channel: str) -> None:
        assert self.api("conversations.join", channel=channel)["ok"]

    def say(self, channel: str, text: str, **more: Json) -> Json:
        who = {"team_id": self.acme.team_id, "user": self.acme.admin}
        return self.control("POST", "/messages", channel=channel, text=text, **who, **more)

    def command(self, text: str, **more: Json) -> Json:
        fields: Json = {
            "team_id": self.acme.team_id,
            "user": self.acme.admin,
            "channel": self.acme.research,
            "command": "/monitor",
            "text": text,
        }
        return self.control("POST", "/commands", **(fields | more))

    def act(self, **fields: Json) -> Json:
        who = {"team_id": self.acme.team_id, "user": self.acme.admin}
        return self.control("POST", "/actions", **(who | fields))


@contextmanager
def running_app() -> Generator[App, None, None]:
    app = App()
    routes: list[BaseRoute] = [
        Route("/slack/events", app.hear, methods=["POST"]),
        Route("/slack/install", app.install_page, methods=["GET"]),
        Route("/slack/oauth_redirect", app.redirected, methods=["GET"]),
    ]
    with serving(routes) as url:
        app.url = url
        yield app


@contextmanager
def running_slack() -> Generator[Slack, None, None]:
    clock = Clock()
    rng = random.Random(1)  # noqa: S311 - the same ids in every run
    stand_in = SlackStandIn(clock=clock, rng=rng, faults=Faults(rng), settings=SlackSettings())

    with serving_stand_in(stand_in) as url:
        slack = Slack(url, clock, stand_in)
        try:
            yield slack
        finally:
            slack.client.close()
