"""Requests to the doors of Slack and Parallel, truly signed, with whatever in them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from sandbox.plain_http import NO_TLS
from tests.flows.world import Json, World

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class SlackSender:
    """Someone who knows the app's signing secret: Slack, or a test."""

    url: str
    secret: str

    @classmethod
    def of(cls, world: World) -> "SlackSender":
        about = cast("dict[str, str]", world.state()["app"])
        return cls(f"{world.app_url}/slack/events", about["signing_secret"])

    def send(
        self, body: bytes, *, content_type: str = JSON, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        given = {"content-type": content_type, **self.signature(body), **(headers or {})}
        return httpx.post(
            self.url, content=body, headers=given, trust_env=False, verify=NO_TLS, timeout=60
        )

    def signature(self, body: bytes, *, seconds_off: int = 0) -> dict[str, str]:
        timestamp = str(int(time.time()) + seconds_off)
        base = b"v0:" + timestamp.encode() + b":" + body
        digest = hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest()
        return {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={digest}"}

    def command(self, world: World, command: str, text: str = "", **more: str) -> httpx.Response:
        fields = {
            "team_id": world.team_id,
            "channel_id": world.channel,
            "user_id": world.user,
            "command": command,
            "text": text,
            "api_app_id": "A0SANDBOX01",
            "trigger_id": f"1.2.{uuid4().hex}",
            **more,
        }
        return self.send(urlencode(fields).encode(), content_type=FORM)

    def event(self, world: World, event: Json, **envelope: object) -> httpx.Response:
        body = {
            "type": "event_callback",
            "team_id": world.team_id,
            "api_app_id": "A0SANDBOX01",
            "event_id": f"Ev{uuid4().hex[:12].upper()}",
            "event_time": int(time.time()),
            "event": event,
            **envelope,
        }
        return self.send(json.dumps(body).encode())

    def interaction(self, payload: object) -> httpx.Response:
        return self.send(urlencode({"payload": json.dumps(payload)}).encode(), content_type=FORM)


@dataclass(frozen=True, slots=True)
class ParallelSender:
    """Someone who knows the account's webhook secret: Parallel, or a test."""

    url: str
    secret: str

    def signature(self, body: bytes, *, seconds_off: int = 0) -> dict[str, str]:
        stamp = str(int(time.time()) + seconds_off)
        signed = b".".join([b"msg_1", stamp.encode(), body])
        digest = hmac.new(self.secret.encode(), signed, hashlib.sha256).digest()
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }

    def send(self, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        given = self.signature(body) if headers is None else dict(headers)
        return httpx.post(
            self.url, content=body, headers=given, trust_env=False, verify=NO_TLS, timeout=60
        )
