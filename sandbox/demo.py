"""What `threadwatch demo` needs: a sandbox in its own event loop, and the app introduced to it.

async with serve_sandbox(SandboxConfig(), port=4000) as sandbox:
    ...  # start the app: sandbox.slack_api_url, .slack_authorize_url, .parallel_url
    await connect_app(sandbox.url, app_url)
    await install_app(sandbox)
"""

from collections.abc import Mapping

import httpx
from pydantic import BaseModel, ValidationError

from sandbox.plain_http import NO_TLS
from sandbox.server import DEMO_ACCOUNT, Sandbox, SandboxConfig, serve_sandbox

__all__ = [
    "DEMO_ACCOUNT",
    "DemoError",
    "Sandbox",
    "SandboxConfig",
    "connect_app",
    "install_app",
    "serve_sandbox",
]

_TIMEOUT_SECONDS = 30.0


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


class _Refusal(BaseModel):
    error: str


async def connect_app(sandbox_url: str, app_url: str) -> None:
    """Tell the sandbox's Slack where the app answers; raises DemoError where it does not."""
    app = app_url.rstrip("/")
    places = {
        "request_url": f"{app}/slack/events",
        "install_url": f"{app}/slack/install",
        "redirect_url": f"{app}/slack/oauth_redirect",
    }
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


async def _ask(sandbox_url: str, path: str, body: Mapping[str, str]) -> bytes:
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
