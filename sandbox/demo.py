"""What `threadwatch demo` needs: a sandbox in its own event loop, and the app introduced to it.

async with serve_sandbox(SandboxConfig(), port=4000) as sandbox:
    ...  # start the app: sandbox.slack_api_url, .slack_authorize_url, .parallel_url
    await connect_app(sandbox.url, app_url, manifest=manifest)
    await install_app(sandbox)
    await add_second_workspace(sandbox)
"""

from collections.abc import Mapping
from typing import Final

import httpx
from pydantic import BaseModel, ValidationError

from sandbox.parallel import ParallelSettings
from sandbox.plain_http import NO_TLS
from sandbox.server import DEMO_ACCOUNT, SECOND_ACCOUNT, Sandbox, SandboxConfig, serve_sandbox

__all__ = [
    "DEMO_ACCOUNT",
    "DemoError",
    "Sandbox",
    "SandboxConfig",
    "add_second_workspace",
    "connect_app",
    "demo_config",
    "install_app",
    "serve_sandbox",
]

_TIMEOUT_SECONDS = 30.0
_GLOBEX: Final = "T0GLOBEX01"
_FOUND_AT_SPEED: Final = 0.5


def demo_config(*, speed: float) -> SandboxConfig:
    """Two accounts at Parallel; while the clock runs fast, every other run finds something."""
    parallel = ParallelSettings(
        accounts=(DEMO_ACCOUNT, SECOND_ACCOUNT), fast_finding_probability=_FOUND_AT_SPEED
    )
    return SandboxConfig(speed=speed, parallel=parallel)


class DemoError(Exception):
    """The sandbox, or the app behind it, refused; the text says what."""


class _Installed(BaseModel):
    status: int
    final_url: str
    body: str


class _Challenge(BaseModel):
    ok: bool
    error: str | None


class _Configured(BaseModel):
    url_verification: _Challenge


class _Person(BaseModel):
    id: str


class _Refusal(BaseModel):
    error: str


async def connect_app(
    sandbox_url: str, app_url: str, *, manifest: Mapping[str, object] | None = None
) -> None:
    """Tell the sandbox's Slack where the app answers; raises DemoError where it does not."""
    app = app_url.rstrip("/")
    places: dict[str, object] = {
        "request_url": f"{app}/slack/events",
        "install_url": f"{app}/slack/install",
        "redirect_url": f"{app}/slack/oauth_redirect",
    }
    if manifest is not None:
        places["manifest"] = manifest
    answer = await _ask(sandbox_url, "/control/slack/configure", places)
    challenge = _Configured.model_validate_json(answer).url_verification
    if not challenge.ok:
        raise DemoError(f"The app at {app} did not answer Slack's challenge: {challenge.error}.")


async def install_app(sandbox: Sandbox) -> None:
    """Install the connected app by OAuth, as the browser of an admin would. Raises DemoError."""
    there = sandbox.workspace
    order = {"team_id": there.team_id, "user_id": there.admin, "outcome": "allow"}
    answer = await _ask(sandbox.url, "/control/slack/install", order)
    installed = _Installed.model_validate_json(answer)
    if installed.status >= httpx.codes.BAD_REQUEST:
        raise DemoError(
            f"The installation ended with {installed.status} at {installed.final_url}: "
            f"{installed.body[:500]}"
        )


async def add_second_workspace(sandbox: Sandbox) -> None:
    """Globex, a stranger to the first: not installed, with a Parallel account to connect."""
    control = "/control/slack"
    globex = {"name": "Globex", "team_id": _GLOBEX}
    await _ask(sandbox.url, f"{control}/teams", globex)
    people: list[str] = []
    for name, real_name, is_admin in (("gus", "Gus Admin", True), ("hana", "Hana Buyer", False)):
        person = {"team_id": _GLOBEX, "name": name, "real_name": real_name, "is_admin": is_admin}
        answer = await _ask(sandbox.url, f"{control}/users", person)
        people.append(_Person.model_validate_json(answer).id)
    for name in ("general", "suppliers"):
        channel = {"team_id": _GLOBEX, "name": name, "members": people}
        await _ask(sandbox.url, f"{control}/channels", channel)


async def _ask(sandbox_url: str, path: str, body: Mapping[str, object]) -> bytes:
    # The sandbox is on this machine: a proxy meant for the world has no business in between.
    async with httpx.AsyncClient(
        base_url=sandbox_url, timeout=_TIMEOUT_SECONDS, trust_env=False, verify=NO_TLS
    ) as client:
        try:
            answer = await client.post(path, json=body)
        except httpx.TransportError as error:
            raise DemoError(f"The sandbox at {sandbox_url} does not answer.") from error
    if answer.is_error:
        raise DemoError(_reason(answer))
    return answer.content


def _reason(answer: httpx.Response) -> str:
    try:
        return _Refusal.model_validate_json(answer.content).error
    except ValidationError:
        return f"The sandbox answered {answer.status_code}."
