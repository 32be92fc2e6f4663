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
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.pages.link_words import ProblemWords
from bot.pages.rendering import SECURITY_HEADERS, Cookies, Pages
from bot.slack.installations import Installations
from bot.slack.manifest import bot_scopes
from monitors.accounts.connect import ConnectAccount, ConnectError
from monitors.accounts.link_tokens import LINK_TOKEN_SECONDS, LinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.model.codec import decode
from monitors.model.installation import Installation
from monitors.model.linking import LinkRequest, PendingInstall, Receipt
from monitors.model.workspace import Workspace
from monitors.ports import QueueDownError, StoreDownError
from monitors.watching import channels
from monitors.watching.parts import Parts
from monitors.workspaces.installations import SqlInstallations

INSTALLED: Final = "/slack/installed"
_RECEIPT: Final = "threadwatch-installed"
_GET_ONLY: Final = Response(status_code=405, headers={"Allow": "GET"})

# What a person reads when the app could not be added.
_FAILURES: Final = {
    "access_denied": ProblemWords(
        "Threadwatch was not added",
        "The request was declined in Slack.",
        "If that was a mistake, start again. If your workspace requires an admin's approval, ask "
        "an admin to open this page.",
    ),
    "invalid_browser": ProblemWords(
        "Start from here",
        "This installation wasn't started in this browser, or it was started from Slack's own "
        "pages, which leave out our protection against forged links.",
        "Use the button below to start a new installation.",
    ),
    "invalid_state": ProblemWords(
        "This link has expired or was already used",
        "An installation has to be completed within ten minutes, and only once.",
        "Start again with the button below.",
    ),
    "missing_code": ProblemWords(
        "Slack's answer was incomplete",
        "Slack sent you back without the code that finishes an installation.",
        "Start again with the button below.",
    ),
    "invalid_code": ProblemWords(
        "Slack didn't accept the installation",
        "The code from Slack had expired, Slack was too busy to accept it, or this server's client "
        "secret is wrong.",
        "Start again. If it fails a second time, the person who runs this server should check "
        "SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and PUBLIC_URL.",
    ),
    "unavailable": ProblemWords(
        "Something went wrong on our side",
        "Slack approved the app, but we couldn't save the installation.",
        "Wait a minute, then start again. Nothing will be added twice.",
    ),
}
_OTHER: Final = ProblemWords(
    "Threadwatch was not added",
    "Slack stopped the installation.",
    "Start again with the button below.",
)


class _NotAddedError(Exception):
    """`reason` is a key of `_FAILURES`, or a code of Slack's."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthDoor:
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
    pages: Pages
    cookies: Cookies

    async def install(self, request: Request) -> Response:
        """Redirects at once, as Slack asks of an app in its directory; Slack's page then asks."""
        if request.method == "HEAD":
            return _GET_ONLY
        try:
            state = await self.states.issue(PendingInstall())
        except QueueDownError:
            return self._failed("unavailable", status=503)
        team = request.query_params.get("team")
        address = self._flow.settings.authorize_url_generator.generate(state, team=team)
        answer = RedirectResponse(address, status_code=302, headers=SECURITY_HEADERS)
        self.cookies.set(answer, _cookie_of(state), state, seconds=LINK_TOKEN_SECONDS)
        return answer

    async def callback(self, request: Request) -> Response:
        if request.method == "HEAD":
            return _GET_ONLY
        try:
            installation = await self._flow.run_installation(await self._code(request))
            if installation is None:
                return self._failed("invalid_code", status=401)
            return await self._added(installation)
        except _NotAddedError as error:
            return self._failed(error.reason, status=error.status)
        except (QueueDownError, StoreDownError):
            return self._failed("unavailable", status=503)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, ValueError, AttributeError):
            # Slack's answer to the exchange of the code was not usable; no JSON object, say.
            structlog.get_logger("oauth").warning("code exchange failed", exc_info=True)
            return self._failed("invalid_code", status=401)

    async def _code(self, request: Request) -> str:
        """What Slack's page gave this browser. Raises _NotAddedError."""
        given = request.query_params
        state, code = given.get("state", ""), given.get("code")
        if "error" in given:
            raise _NotAddedError(given["error"], 400)
        if not state or self.cookies.read(request, _cookie_of(state)) != state:
            raise _NotAddedError("invalid_browser", 400)
        if await self.states.take(state) is None:
            raise _NotAddedError("invalid_state", 401)
        if code is None:
            raise _NotAddedError("missing_code", 401)
        return code

    async def installed(self, request: Request) -> Response:
        """What was just added in this browser, as often as it is reloaded; else a plain page."""
        token = self.cookies.read(request, _RECEIPT)
        try:
            receipt = await self.receipts.read(token) if token else None
            linked = await self._is_linked(receipt.workspace) if receipt else False
        except (QueueDownError, StoreDownError):
            receipt, linked = None, False
        html = self.pages.render("installed", receipt=receipt, linked=linked)
        return HTMLResponse(html, headers=SECURITY_HEADERS)

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
        answer = RedirectResponse(INSTALLED, status_code=303, headers=SECURITY_HEADERS)
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
            self.cookies.set(answer, _RECEIPT, token, seconds=LINK_TOKEN_SECONDS)
        except QueueDownError:
            # It is installed: the page says so without naming the workspace.
            structlog.get_logger("oauth").warning("receipt not kept")
        return answer

    async def _is_linked(self, workspace: Workspace) -> bool:
        """A whole organisation's workspaces link accounts of their own, if they do."""
        if not workspace.team_id:
            return await self.accounts.ensure_operator() is not None
        return await self.accounts.for_workspace(workspace) is not None

    def _failed(self, reason: str, *, status: int) -> Response:
        problem = _FAILURES.get(reason, _OTHER)
        html = self.pages.render("not_installed", problem=problem, reason=reason[:60])
        return HTMLResponse(html, status_code=status, headers=SECURITY_HEADERS)


def _cookie_of(state: str) -> str:
    """One for each installation, so that several tabs can begin one."""
    return f"threadwatch-install-{state[:8]}"
