"""Requests as Slack and Parallel send them, signed, as the bytes of HTTP/1.1."""

import hmac
import json
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from tests.bench import known
from tests.bench.chatter import chatter
from tests.bench.known import APP_ID, WORKSPACES
from tests.bench.plan import HOST, Kind, Load

SLACK_SECRET: Final = "bench-signing-secret"
PARALLEL_SECRET: Final = "whsec_" + b64encode(b"bench webhook secret").decode()
TEAM_ID: Final = "T0BENCH001"


def requests(load: Load) -> Iterator[bytes]:
    """One after another, no two alike: each would make a job of its own."""
    if load.kind is Kind.FINDING:
        for number in load.numbers:
            yield _finding(load, number)
        return
    make = {Kind.WEBHOOK: _webhook, Kind.COMMAND: _command, Kind.CHATTER: _message}[load.kind]
    for number in range(load.most):
        yield make(load, f"{load.run}_{number}", f"T0BENCH{number % WORKSPACES:03}")


def _finding(load: Load, number: int) -> bytes:
    """What Parallel sends about a monitor that the stand-in lists events of."""
    return _parallel(
        load,
        f"{load.run}_{number}",
        known.team_id(number),
        monitor_id=known.monitor_id(number),
        group_id=known.group_id(load.generation, number),
    )


def _webhook(load: Load, name: str, team_id: str) -> bytes:
    return _parallel(load, name, team_id, monitor_id="monitor_bench", group_id=f"mevtgrp_{name}")


def _parallel(load: Load, name: str, team_id: str, *, monitor_id: str, group_id: str) -> bytes:
    at = str(int(time.time()))
    body = json.dumps(
        {
            "type": "monitor.event.detected",
            "timestamp": "2026-01-01T00:00:00Z",
            "data": {
                "monitor_id": monitor_id,
                "event": {"event_group_id": group_id},
                "metadata": {"slack_thread_id": "1767225600.000100", "slack_team_id": team_id},
            },
        }
    ).encode()
    signed = f"msg_{name}.{at}.".encode() + body
    # Keyed as Parallel's documentation does it, and as this app tries first.
    signature = b64encode(hmac.digest(PARALLEL_SECRET.encode(), signed, "sha256")).decode()
    headers = {
        "content-type": "application/json",
        "webhook-id": f"msg_{name}",
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{signature}",
    }
    return _post(load, headers, body)


def _command(load: Load, name: str, _team_id: str) -> bytes:
    body = urlencode(
        {
            "token": "unused",
            "team_id": TEAM_ID,
            "team_domain": "bench",
            "channel_id": "C0BENCH001",
            "channel_name": "bench",
            "user_id": "U0BENCH001",
            "user_name": "bench",
            "command": "/monitor",
            "text": "latest AI research papers",
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": f"http://{HOST}:9/never",
            "trigger_id": f"trigger.{name}",
        }
    ).encode()
    return _slack(load, body, "application/x-www-form-urlencoded")


def _message(load: Load, name: str, team_id: str) -> bytes:
    return _slack(load, chatter(name, team_id), "application/json")


def _slack(load: Load, body: bytes, content_type: str) -> bytes:
    at = str(int(time.time()))
    signature = hmac.new(SLACK_SECRET.encode(), f"v0:{at}:".encode() + body, "sha256").hexdigest()
    headers = {
        "content-type": content_type,
        "x-slack-request-timestamp": at,
        "x-slack-signature": f"v0={signature}",
    }
    return _post(load, headers, body)


def _post(load: Load, headers: dict[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {load.path} HTTP/1.1",
        f"host: {HOST}:{load.port}",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
