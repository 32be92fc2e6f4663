"""Adding the app to a workspace: Bolt's OAuth flow with our store, our states and our pages."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import aiohttp
import structlog
from slack_bolt import BoltResponse
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth import OAuthStateUtils
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.pages.link_words import ProblemWords
from bot.pages.rendering import SECURITY_HEADERS, Cookies, Pages
from monitors.accounts.connect import ConnectAccount, ConnectError
from monitors.accounts.link_tokens import LinkTokens
from monitors.model.linking import LinkRequest, Receipt
from monitors.model.workspace import Workspace
from monitors.ports import QueueDownError, StoreDownError

STATE_SECONDS: Final = 600
INSTALLED: Final = "/slack/installed"
_RECEIPT: Final = "threadwatch-installed"
_REFUSED: Final = 400
_GET_ONLY: Final = Response(status_code=405, headers={"Allow": "GET"})


class StateCookies(OAuthStateUtils):
    """Tie an installation to the browser that began it; one cookie each, for several tabs."""

    def __init__(self, cookies: Cookies) -> None:
        super().__init__(expiration_seconds=STATE_SECONDS)
        self._cookies = cookies

    def build_set_cookie_for_new_state(self, state: str) -> str:
        return self._cookies.text(_name_of(state), state, seconds=STATE_SECONDS)

    def is_valid_browser(
        self, state: str | None, request_headers: Mapping[str, str | Sequence[str]]
    ) -> bool:
        expected = f"{self._cookies.name(_name_of(state or ''))}={state}"
        given = [
            each.strip()
            for header in request_headers.get("cookie", ())
            for each in header.split(";")
        ]
        return state is not None and expected in given


def _name_of(state: str) -> str:
    return f"threadwatch-install-{state[:8]}"


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

IsLinked = Callable[[Workspace], Awaitable[bool]]


class OAuthDoor:
    """`GET /slack/install`, `GET /slack/oauth_redirect` and `GET /slack/installed`."""

    def __init__(  # noqa: PLR0913 - what Bolt's settings need, by name
        self,
        *,
        client: AsyncWebClient,
        client_id: str,
        client_secret: str,
        public_url: str,
        authorize_url: str,
        scopes: list[str],
        installation_store: AsyncInstallationStore,
        state_store: AsyncOAuthStateStore,
        pages: Pages,
        receipts: LinkTokens[Receipt],
        is_linked: IsLinked,
        link: ConnectAccount,
        link_tokens: LinkTokens[LinkRequest],
    ) -> None:
        self._pages = pages
        self._receipts = receipts
        self._is_linked = is_linked
        self._link, self._link_tokens = link, link_tokens
        self._cookies = Cookies(secure=public_url.startswith("https://"))
        settings = AsyncOAuthSettings(
            client_id=client_id,
            client_secret=client_secret,
            scopes=scopes,
            user_scopes=[],
            redirect_uri=f"{public_url}/slack/oauth_redirect",
            install_page_rendering_enabled=False,
            authorization_url=authorize_url,
            installation_store=installation_store,
            state_store=state_store,
            state_expiration_seconds=STATE_SECONDS,
            callback_options=AsyncCallbackOptions(success=self._success, failure=self._failure),
        )
        settings.state_utils = StateCookies(self._cookies)
        self._flow = AsyncOAuthFlow(client=client, settings=settings)

    async def install(self, request: Request) -> Response:
        """Redirects at once, as Slack asks of an app in its directory; Slack's page then asks."""
        if request.method == "HEAD":
            return _GET_ONLY
        try:
            answer = await self._flow.handle_installation(_bolt_request(request))
        except QueueDownError:
            return self._page("unavailable", status=503)
        return _response(answer)

    async def callback(self, request: Request) -> Response:
        if request.method == "HEAD":
            return _GET_ONLY
        try:
            answer = await self._flow.handle_callback(_bolt_request(request))
        except (QueueDownError, StoreDownError, BoltError):
            return self._page("unavailable", status=503)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, ValueError, AttributeError):
            # Slack's answer to the exchange of the code was not usable; no JSON object, say.
            structlog.get_logger("oauth").warning("code exchange failed", exc_info=True)
            return self._page("invalid_code", status=401)
        return _response(answer)

    async def installed(self, request: Request) -> Response:
        """What was just added in this browser, as often as it is reloaded; else a plain page."""
        token = self._cookies.read(request, _RECEIPT)
        try:
            receipt = await self._receipts.read(token) if token else None
            linked = await self._is_linked(receipt.workspace) if receipt else False
        except (QueueDownError, StoreDownError):
            receipt, linked = None, False
        html = self._pages.render("installed", receipt=receipt, linked=linked)
        return HTMLResponse(html, headers=SECURITY_HEADERS)

    async def _success(self, args: AsyncSuccessArgs) -> BoltResponse:
        installation: Installation = args.installation
        workspace = Workspace(installation.team_id or "", installation.enterprise_id)
        team = f"&team={installation.team_id}" if installation.team_id else ""
        headers: dict[str, str | Sequence[str]] = {"location": [INSTALLED]}
        try:
            ticket = None
            if workspace.team_id:
                link_request = LinkRequest(workspace, installation.user_id)
                with suppress(ConnectError):
                    await self._link.admin(link_request)
                    ticket = await self._link_tokens.issue(link_request)
            receipt = Receipt(
                workspace,
                installation.team_name or installation.enterprise_name or "",
                f"https://slack.com/app_redirect?app={installation.app_id}{team}",
                ticket,
            )
            token = await self._receipts.issue(receipt)
            headers["set-cookie"] = [self._cookies.text(_RECEIPT, token, seconds=STATE_SECONDS)]
        except QueueDownError:
            # It is installed: the page says so without naming the workspace.
            structlog.get_logger("oauth").warning("receipt not kept")
        return BoltResponse(status=303, headers=headers)

    async def _failure(self, args: AsyncFailureArgs) -> BoltResponse:
        # Bolt suggests 200 for an installation that was declined, although nothing was installed.
        status = max(args.suggested_status_code, _REFUSED)
        return BoltResponse(status=status, body=self._failure_html(args.reason))

    def _page(self, reason: str, *, status: int) -> Response:
        return HTMLResponse(
            self._failure_html(reason), status_code=status, headers=SECURITY_HEADERS
        )

    def _failure_html(self, reason: str) -> str:
        problem = _FAILURES.get(reason, _OTHER)
        return self._pages.render("not_installed", problem=problem, reason=reason[:60])


def _bolt_request(request: Request) -> AsyncBoltRequest:
    return AsyncBoltRequest(
        body="", query=str(request.query_params), headers=dict(request.headers.items())
    )


def _response(answer: BoltResponse) -> Response:
    """Bolt's answer with our headers; a redirect keeps its address and every answer its cookies."""
    response = HTMLResponse(answer.body, status_code=answer.status, headers=SECURITY_HEADERS)
    for name in ("location", "set-cookie"):
        for value in answer.headers.get(name, []):
            response.headers.append(name, value)
    return response
