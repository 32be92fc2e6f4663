"""What the doctor asks of Slack: tokens, and their scopes against the manifest's."""

from collections.abc import Mapping
from typing import cast

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot.cli.finding import MOST_NAMED, Finding, fix, ok, skip, warn
from bot.slack.api import SlackApi, slack_errors
from bot.slack.manifest import bot_scopes
from monitors.model.slack_errors import REFUSALS, SlackPostError
from monitors.model.workspace import Workspace
from monitors.ports import StoreDownError
from monitors.settings import Settings
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.tables import InstallationTable
from monitors.workspaces.installations import SqlInstallations


async def slack_token(settings: Settings, client: AsyncWebClient) -> Finding:
    name = "Slack token"
    if settings.slack_bot_token is None:
        return skip(name, "each workspace has its own, from OAuth")
    refused = "Slack rejects SLACK_BOT_TOKEN. Copy it again from OAuth & Permissions."
    try:
        missing = await _missing_scopes(client, settings.slack_bot_token.get_secret_value())
    except SlackPostError as error:
        return _not_accepted(name, error, refused=refused)
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
    try:
        await SlackApi(client).write("apps.connections.open", token, {})
    except SlackPostError as error:
        return _not_accepted(name, error, refused=refused)
    return ok(name, "Slack accepts SLACK_APP_TOKEN")


def _not_accepted(name: str, error: SlackPostError, *, refused: str) -> Finding:
    if isinstance(error, REFUSALS):
        return fix(name, refused)
    return fix(name, f"Slack can't be reached ({error.code}). Check the network.")


async def installed_tokens(
    settings: Settings, client: AsyncWebClient, database: Database, sealer: Sealer
) -> Finding:
    """Of the workspaces that installed the app by OAuth, the newest."""
    name = "installations"
    if not settings.uses_oauth:
        return skip(name, "SLACK_BOT_TOKEN is the one workspace's")
    newest = (
        select(InstallationTable.c.team_id, InstallationTable.c.enterprise_id)
        .order_by(InstallationTable.c.installed_at.desc())
        .limit(MOST_NAMED)
    )
    rows = SqlInstallations(database, sealer)
    wrong: list[str] = []
    asked = 0
    try:
        for team_id, enterprise_id in await database.rows(newest):
            kept = await rows.find(Workspace(team_id, enterprise_id))
            if kept is None or not kept.bot_token:
                continue
            asked += 1
            problem = await _problem(client, kept.bot_token)
            if problem:
                wrong.append(f"{team_id or enterprise_id} {problem}")
    except (StoreDownError, SealError) as error:
        return fix(name, str(error))
    if wrong:
        return warn(name, f"{'; '.join(wrong)}. They should add the app again at PUBLIC_URL.")
    if not asked:
        return skip(name, "no workspace has added the app yet")
    return ok(name, f"the tokens of the newest {asked} have every scope of the manifest")


async def _problem(client: AsyncWebClient, token: str) -> str | None:
    try:
        missing = await _missing_scopes(client, token)
    except REFUSALS:
        return "has a token that Slack rejects"
    except SlackPostError:
        return "wasn't asked: Slack can't be reached"
    return f"lacks {', '.join(missing)}" if missing else None


async def _missing_scopes(client: AsyncWebClient, token: str) -> list[str]:
    """The manifest's scopes that the answer doesn't name. Raises SlackPostError."""
    async with slack_errors():
        answer = await client.auth_test(token=token)  # pyright: ignore[reportUnknownMemberType] - its arguments are untyped
    headers = cast("Mapping[str, str]", answer.headers)  # pyright: ignore[reportUnknownMemberType] - untyped in slack_sdk
    lower = {key.lower(): value for key, value in headers.items()}
    granted = {each.strip() for each in lower.get("x-oauth-scopes", "").split(",")}
    return sorted(set(bot_scopes()) - granted)
