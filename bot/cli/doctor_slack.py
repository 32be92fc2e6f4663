"""What the doctor asks of Slack: tokens, and their scopes against the manifest's."""

from typing import Final, cast

import aiohttp
from pydantic import BaseModel, Field
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot.cli.finding import MOST_NAMED, Finding, fix, ok, skip, warn
from bot.slack.manifest import bot_scopes
from monitors.ports import StoreDownError
from monitors.settings import Settings
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.tables import InstallationTable
from monitors.workspaces.installations import SqlInstallations

CALL_SECONDS: Final = 10.0
TIMEOUT: Final = aiohttp.ClientTimeout(total=CALL_SECONDS)


class _Kept(BaseModel):
    bot_token: str | None = Field(default=None, repr=False)


async def slack_token(settings: Settings, client: AsyncWebClient) -> Finding:
    name = "Slack token"
    if settings.slack_bot_token is None:
        return skip(name, "each workspace has its own, from OAuth")
    token = settings.slack_bot_token.get_secret_value()
    refused = "Slack rejects SLACK_BOT_TOKEN. Copy it again from OAuth & Permissions."
    answer = await _ask_slack(client, "auth.test", token)
    if not isinstance(answer, dict):
        return _not_asked(name, answer, refused=refused)
    missing = _missing(answer)
    if missing:
        return fix(
            name,
            f"it lacks {', '.join(missing)}. Add {'them' if len(missing) > 1 else 'it'} under "
            "OAuth & Permissions, then reinstall the app.",
        )
    return ok(name, "accepted, with every scope of the manifest")


async def slack_socket(settings: Settings, client: AsyncWebClient) -> Finding:
    """Asks for a WebSocket address but doesn't connect: that would take requests from the app."""
    name = "Socket Mode"
    if settings.slack_app_token is None:
        return skip(name, "SLACK_APP_TOKEN isn't set")
    refused = (
        "Slack rejects SLACK_APP_TOKEN. Create one with the scope connections:write, under Basic "
        "Information, App-Level Tokens."
    )
    token = settings.slack_app_token.get_secret_value()
    answer = await _ask_slack(client, "apps.connections.open", token)
    if not isinstance(answer, dict):
        return _not_asked(name, answer, refused=refused)
    return ok(name, "Slack accepts SLACK_APP_TOKEN")


async def _ask_slack(client: AsyncWebClient, method: str, token: str) -> dict[str, str] | Exception:
    """The headers of its answer, or what went wrong."""
    try:
        answer = await client.api_call(method, json={"token": token})  # pyright: ignore[reportUnknownMemberType] - slack_sdk leaves its dict arguments untyped
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        return error
    return {
        str(key): str(value) for key, value in cast("dict[object, object]", answer.headers).items()
    }  # pyright: ignore[reportUnknownMemberType] - likewise


def _not_asked(name: str, error: Exception, *, refused: str) -> Finding:
    if isinstance(error, SlackApiError):
        return fix(name, refused)
    return fix(name, f"Slack can't be reached ({type(error).__name__}). Check the network.")


async def installed_tokens(settings: Settings, database: Database, sealer: Sealer) -> Finding:
    """Of the workspaces that installed the app by OAuth, the newest."""
    name = "installations"
    if not settings.uses_oauth:
        return skip(name, "SLACK_BOT_TOKEN is the one workspace's")
    places = (
        select(InstallationTable.c.enterprise_id, InstallationTable.c.team_id)
        .order_by(InstallationTable.c.installed_at.desc())
        .limit(MOST_NAMED)
    )
    rows = SqlInstallations(database, sealer)
    wrong: list[str] = []
    asked = 0
    try:
        found = await database.read(lambda c: [(row[0], row[1]) for row in c.execute(places)])
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            client = AsyncWebClient(
                base_url=settings.slack_api_url, session=session, retry_handlers=[]
            )
            for enterprise_id, team_id in found:
                kept = await rows.find(
                    team_id or None, enterprise_id or None, is_enterprise_install=not team_id
                )
                token = _Kept.model_validate_json(kept.payload).bot_token if kept else None
                if not token:
                    continue
                asked += 1
                answer = await _ask_slack(client, "auth.test", token)
                problem = _problem(answer)
                if problem:
                    wrong.append(f"{team_id or enterprise_id} {problem}")
    except (StoreDownError, SealError) as error:
        return fix(name, str(error))
    if wrong:
        return warn(name, f"{'; '.join(wrong)}. They should add the app again at PUBLIC_URL.")
    if not asked:
        return skip(name, "no workspace has added the app yet")
    return ok(name, f"the tokens of the newest {asked} have every scope of the manifest")


def _problem(answer: dict[str, str] | Exception) -> str | None:
    if isinstance(answer, SlackApiError):
        return "has a token that Slack rejects"
    if isinstance(answer, Exception):
        return "wasn't asked: Slack can't be reached"
    missing = _missing(answer)
    return f"lacks {', '.join(missing)}" if missing else None


def _missing(headers: dict[str, str]) -> list[str]:
    """The manifest's scopes that the answer to a token doesn't name."""
    lower = {key.lower(): value for key, value in headers.items()}
    granted = {each.strip() for each in lower.get("x-oauth-scopes", "").split(",")}
    return sorted(set(bot_scopes()) - granted)
