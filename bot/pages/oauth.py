"""Adding the app to a workspace: Slack's consent page, then ours."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import structlog
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store import Installation as SlackInstallation
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.pages.browser import Browsers, go_to
from bot.pages.rendering import SECURITY_HEADERS
from bot.slack.installations import Installations
from bot.slack.manifest import bot_scopes
from monitors.accounts.connect import ConnectAccount, ConnectError
from monitors.accounts.link_tokens import LINK_TOKEN_SECONDS, LinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.model.codec import decode
from monitors.model.installation import Installation
from monitors.model.linking import LinkRequest, LinkSession, PendingInstall, Receipt
from monitors.model.workspace import Workspace
from monitors.ports import QueueDownError
from monitors.texts import connect_texts as words
from monitors.watching import channels
from monitors.watching.parts import Parts
from monitors.workspaces.installations import SqlInstallations

INSTALLED: Final = "/slack/installed"
_RECEIPT: Final = "threadwatch-installed"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallPages:
    """`GET /slack/install`, `GET /slack/oauth_redirect` and `GET /slack/installed`.

    A state belongs to the browser that began, works once, and for ten minutes.
    """

    client: AsyncWebClient
    client_id: str
    client_secret: str = field(repr=False)
    public_url: str
    authorize_url: str
    parts: Parts
    rows: SqlInstallations
    installations: Installations
    accounts: SqlAccounts
    states: LinkTokens[PendingInstall]
    link: ConnectAccount
    link_tokens: LinkTokens[LinkRequest]
    receipts: LinkTokens[Receipt]
    browsers: Browsers

    def routes(self) -> list[Route]:
        route = self.browsers.route
        return [
            route("/slack/install", get=self._install),
            route("/slack/oauth_redirect", get=self._callback, get_changes=True),
            route(INSTALLED, get=self._installed),
        ]

    async def _install(self, request: Request, _session: LinkSession | None) -> Response:
        """Redirects at once, as Slack asks of an app in its directory; Slack's page then asks."""
        state = await self.states.issue(PendingInstall())
        team = request.query_params.get("team")
        address = self._flow.settings.authorize_url_generator.generate(state, team=team)
        answer = RedirectResponse(address, status_code=302, headers=SECURITY_HEADERS)
        self.browsers.cookies.set(answer, _cookie_of(state), state, seconds=LINK_TOKEN_SECONDS)
        return answer

    async def _callback(self, request: Request, _session: LinkSession | None) -> Response:
        code = await self._code(request)
        try:
            installation = await self._flow.run_installation(code)
            if installation is not None:
                return await self._added(installation)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, ValueError, AttributeError):
            # Slack's answer to the exchange of the code was not usable; no JSON object, say.
            structlog.get_logger("oauth").warning("code exchange failed", exc_info=True)
        raise ConnectError(words.not_added("invalid_code"))

    async def _code(self, request: Request) -> str:
        """What Slack's page gave this browser. Raises ConnectError."""
        given = request.query_params
        state, code = given.get("state", ""), given.get("code")
        if "error" in given:
            raise ConnectError(words.not_added(given["error"]))
        if not state or self.browsers.cookies.read(request, _cookie_of(state)) != state:
            raise ConnectError(words.not_added("invalid_browser"))
        if await self.states.take(state) is None:
            raise ConnectError(words.not_added("invalid_state"))
        if code is None:
            raise ConnectError(words.not_added("missing_code"))
        return code

    async def _installed(self, request: Request, _session: LinkSession | None) -> Response:
        """What was just added in this browser, as often as it is reloaded; else a plain page."""
        token = self.browsers.cookies.read(request, _RECEIPT)
        receipt = await self.receipts.read(token) if token else None
        linked = await self._is_linked(receipt.workspace) if receipt else False
        return self.browsers.show("installed", receipt=receipt, linked=linked)

    @property
    def _flow(self) -> AsyncOAuthFlow:
        """Bolt's, for the address of Slack's page and the exchange of a code; it stores nothing."""
        settings = AsyncOAuthSettings(
            client_id=self.client_id,
            client_secret=self.client_secret,
            scopes=bot_scopes(),
            user_scopes=[],
            redirect_uri=f"{self.public_url}/slack/oauth_redirect",
            authorization_url=self.authorize_url,
        )
        return AsyncOAuthFlow(client=self.client, settings=settings)

    async def _added(self, given: SlackInstallation) -> Response:
        """Raises ValueError for one that the app could do nothing with."""
        installation = decode(Installation, json.dumps(vars(given)))
        if not (installation.bot_token and installation.app_id):
            raise ValueError("the installation has no bot's token, or names no app")
        await self.rows.save(installation)
        workspace = installation.place
        self.installations.drop(workspace)
        if workspace.team_id:
            await channels.was_installed(self.parts, workspace)
        answer = go_to(INSTALLED)
        team = f"&team={workspace.team_id}" if workspace.team_id else ""
        try:
            ticket = None
            if workspace.team_id:
                link_request = LinkRequest(workspace, installation.user_id)
                with suppress(ConnectError):
                    await self.link.admin(link_request)
                    ticket = await self.link_tokens.issue(link_request)
            receipt = Receipt(
                workspace,
                given.team_name or given.enterprise_name or "",
                f"https://slack.com/app_redirect?app={installation.app_id}{team}",
                ticket,
            )
            token = await self.receipts.issue(receipt)
            self.browsers.cookies.set(answer, _RECEIPT, token, seconds=LINK_TOKEN_SECONDS)
        except QueueDownError:
            # It is installed: the page says so without naming the workspace.
            structlog.get_logger("oauth").warning("receipt not kept")
        return answer

    async def _is_linked(self, workspace: Workspace) -> bool:
        """A whole organisation's workspaces link accounts of their own, if they do."""
        if not workspace.team_id:
            return await self.accounts.ensure_operator() is not None
        return await self.accounts.for_workspace(workspace) is not None


def _cookie_of(state: str) -> str:
    """One for each installation, so that several tabs can begin one."""
    return f"threadwatch-install-{state[:8]}"
