"""The stand-ins as this run uses them: people, channels, monitors, and what stands in threads."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import BaseModel

from sandbox.plain_http import NO_TLS
from tests.chaos.plan import FaultRule, Finding

# A command that Slack shows no answer to takes 3 s; an install is a dozen requests.
_SECONDS: Final = 60.0
_WAITS_SECONDS: Final = (0.1, 0.5, 2.0)
_OK: Final = 200


class _Made(BaseModel):
    id: str


class _Team(BaseModel):
    team_id: str


class _Installed(BaseModel):
    status: int
    body: str


class _Text(BaseModel):
    text: str = ""


class _Answered(BaseModel):
    status: int | None
    answer: _Text | str | None
    error: str | None


class _Metadata(BaseModel):
    slack_channel_id: str = ""
    slack_thread_id: str = ""
    slack_team_id: str = ""


class MonitorSeen(BaseModel):
    """A monitor at Parallel."""

    monitor_id: str
    query: str
    status: str
    metadata: _Metadata | None = None


class _Parallel(BaseModel):
    monitors: list[MonitorSeen]


class MessageSeen(BaseModel):
    """A message in a channel, a reply where it names another as its thread."""

    ts: str
    thread_ts: str | None
    bot_id: str | None
    text: str

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


class _Slack(BaseModel):
    messages: dict[str, list[MessageSeen]]


class _Faults(BaseModel):
    caused: dict[str, int]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace with one person, who may speak in every channel made here."""

    team_id: str
    user: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What typing a command came to; `error` where the person saw that it failed."""

    taken: bool
    error: str


class StandIns:
    """Their control endpoints."""

    def __init__(self, url: str) -> None:
        # None is kept for another request: the server might close it just then.
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=0)
        self._client = httpx.AsyncClient(
            base_url=url, timeout=_SECONDS, trust_env=False, verify=NO_TLS, limits=limits
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def add_workspace(self, number: int) -> Workspace:
        team = _Team.model_validate_json(
            await self._post("slack/teams", {"name": f"Workspace {number}"})
        )
        person = {"team_id": team.team_id, "name": f"admin-{number}", "is_admin": True}
        made = _Made.model_validate_json(await self._post("slack/users", person))
        return Workspace(team.team_id, made.id)

    async def install(self, workspace: Workspace) -> None:
        """By OAuth, as the person's browser does it."""
        order = {"team_id": workspace.team_id, "user_id": workspace.user, "outcome": "allow"}
        page = _Installed.model_validate_json(await self._post("slack/install", order))
        if page.status != _OK:
            raise RuntimeError(f"an install ended with {page.status}: {page.body[:300]}")

    async def add_channel(self, workspace: Workspace, name: str) -> str:
        order = {
            "team_id": workspace.team_id,
            "name": name,
            "kind": "public",
            "members": [workspace.user],
        }
        return _Made.model_validate_json(await self._post("slack/channels", order)).id

    async def type_command(self, workspace: Workspace, channel: str, text: str) -> Answer:
        order = {
            "team_id": workspace.team_id,
            "channel": channel,
            "user": workspace.user,
            "command": "/monitor",
            "text": text,
        }
        try:
            answered = await self._post("slack/commands", order, repeatable=False)
        except httpx.TransportError as error:
            return Answer(taken=False, error=type(error).__name__)
        seen = _Answered.model_validate_json(answered)
        said = seen.answer.text if isinstance(seen.answer, _Text) else seen.answer or ""
        taken = seen.status == _OK and not said
        return Answer(taken, "" if taken else seen.error or f"{seen.status}: {said[:200]}")

    async def make(self, finding: Finding, monitor_id: str) -> None:
        """Have a monitor run and find it."""
        site = {
            "url": f"https://example.org/articles/{finding.number}",
            "title": "Example Journal",
            "excerpts": ["…"],
        }
        basis = {"field": "output", "citations": [site], "reasoning": "", "confidence": "high"}
        output = {"type": "text", "content": f"News: {finding.tag} was seen.", "basis": [basis]}
        event = {"event_type": "event_stream", "event_date": "2026-10-01", "output": output}
        order = {
            "events": [event],
            "webhook": finding.webhook,
            "late_seconds": finding.late_seconds,
        }
        await self._post(f"parallel/monitors/{monitor_id}/run", order, repeatable=False)

    async def order_faults(self, rules: list[FaultRule]) -> None:
        for rule in rules:
            order = {
                "match": rule.match,
                "kind": rule.kind,
                "rate": rule.rate,
                "seconds": rule.seconds,
            }
            await self._post(f"{rule.side}/faults", order)

    async def calm(self) -> None:
        """No faults any more."""
        for side in ("slack", "parallel"):
            (await self._ask("DELETE", f"{side}/faults")).raise_for_status()

    async def faults_caused(self) -> dict[str, int]:
        """By side and kind."""
        found: dict[str, int] = {}
        for side in ("slack", "parallel"):
            seen = _Faults.model_validate_json(await self._get(f"{side}/faults"))
            found |= {f"{side} {kind}": times for kind, times in seen.caused.items()}
        return found

    async def monitors(self) -> list[MonitorSeen]:
        return _Parallel.model_validate_json(await self._get("parallel/state")).monitors

    async def messages(self, team_id: str) -> dict[str, list[MessageSeen]]:
        """By channel, oldest first."""
        state = await self._get(f"slack/state?team={team_id}")
        return _Slack.model_validate_json(state).messages

    async def _post(
        self, path: str, body: Mapping[str, object], *, repeatable: bool = True
    ) -> bytes:
        answer = await self._ask("POST", path, body, repeatable=repeatable)
        if answer.is_error:
            raise RuntimeError(f"the stand-ins refused {path}: {answer.text[:300]}")
        return answer.content

    async def _get(self, path: str) -> bytes:
        answer = await self._ask("GET", path)
        answer.raise_for_status()
        return answer.content

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        repeatable: bool = True,
    ) -> httpx.Response:
        """Tried again when the connection fails, or cannot even be made: the machine is busy."""
        for wait_seconds in _WAITS_SECONDS:
            try:
                return await self._client.request(method, f"/control/{path}", json=body)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                await asyncio.sleep(wait_seconds)
            except httpx.TransportError:
                if not repeatable:
                    raise
                await asyncio.sleep(wait_seconds)
        return await self._client.request(method, f"/control/{path}", json=body)
