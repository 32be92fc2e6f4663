"""`/parallel/connect`, `/parallel/authorize`, `/parallel/callback`: connecting an account."""

import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.pages import link_words as words
from bot.pages.browser import Browsers, answered, go_to
from bot.pages.rendering import SECURITY_HEADERS
from bot.slack.installations import Installations
from monitors.accounts.connect import ConnectAccount, ConnectByConsent, ConnectProblem
from monitors.accounts.link_tokens import RedisLinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.linking import Confirmation, LinkRequest, LinkSession
from monitors.ports import QueueDownError

CONNECT = "/parallel/connect"
SECRET_PAGE = "/parallel/webhook"  # noqa: S105 - an address


@dataclass(frozen=True, slots=True)
class ConnectPages:
    browsers: Browsers
    link_tokens: RedisLinkTokens
    link: ConnectAccount
    consent: ConnectByConsent
    accounts: SqlAccounts
    installations: Installations

    def routes(self) -> list[Route]:
        return [
            Route(CONNECT, self.connect, methods=["GET", "POST"]),
            Route("/parallel/authorize", self.authorize, methods=["GET"]),
            Route("/parallel/callback", self.callback, methods=["GET"]),
        ]

    async def admit(self, link_request: LinkRequest) -> str | None:
        """A session cookie for the admin who has just installed the app; None for anyone else."""
        if await self.link.may(link_request) is not None:
            return None
        try:
            return await self.browsers.admit(link_request)
        except QueueDownError:
            return None

    async def connect(self, request: Request) -> Response:
        if request.method == "POST":
            return await answered(self.browsers, request, self._paste)
        link_token = request.query_params.get("ticket")
        if link_token is None or request.method == "HEAD":
            return await answered(self.browsers, request, self._connect)
        try:
            link_request = await self.link_tokens.take(link_token)
            if link_request is not None:
                cookie = await self.browsers.admit(link_request)
                answer = go_to(CONNECT)
                answer.headers["Set-Cookie"] = cookie
                return answer
            if await self.browsers.find(request) is not None:
                # The same link opened twice.
                return go_to(CONNECT)
        except QueueDownError:
            return self.browsers.problem(words.UNAVAILABLE, session=None)
        return self.browsers.problem(words.TICKET, session=None)

    async def authorize(self, request: Request) -> Response:
        return await answered(self.browsers, request, self._authorize)

    async def callback(self, request: Request) -> Response:
        if request.method == "HEAD" or await self._is_known(request):
            return await answered(self.browsers, request, self._callback)
        given = "state" in request.query_params
        problem = words.OF[ConnectProblem.OTHER_BROWSER] if given else words.NO_STATE
        return self.browsers.problem(problem, session=None)

    async def _is_known(self, request: Request) -> bool:
        try:
            return await self.browsers.find(request) is not None
        except QueueDownError:
            # `answered` will meet the same error and explain it.
            return True

    async def _connect(self, _request: Request, session: LinkSession) -> Response:
        problem = await self.link.may(session.link_request)
        if problem is not None:
            return self.browsers.problem(words.OF[problem], session=session)
        return await self._form(session)

    async def _paste(self, request: Request, session: LinkSession) -> Response:
        form = await self.browsers.form(request, session)
        token = form.get("confirmation")
        linked = await (
            self.link.by_key(session.link_request, form.get("api_key", "").strip())
            if token is None
            else self.link.confirmed(session.link_request, token)
        )
        if isinstance(linked, Confirmation):
            return await self._ask(session, linked)
        if isinstance(linked, ParallelAccount):
            return go_to(SECRET_PAGE)
        problem = words.OF[linked]
        if token is None and problem.status in {409, 422, 424}:
            return await self._form(session, problem=problem)
        return self.browsers.problem(problem, session=session)

    async def _form(
        self, session: LinkSession, *, problem: words.ProblemWords | None = None
    ) -> Response:
        workspace = session.link_request.workspace
        installation = await self.installations.find(workspace)
        return self.browsers.show(
            "connect",
            status=200 if problem is None else problem.status,
            team_name=installation.team_name if installation else None,
            health=await self.accounts.health(workspace),
            csrf=session.csrf,
            problem=problem,
        )

    async def _ask(self, session: LinkSession, ask: Confirmation) -> Response:
        """Before anything is cancelled."""
        installation = await self.installations.find(session.link_request.workspace)
        team_name = installation.team_name if installation else None
        return self.browsers.show("confirm", team_name=team_name, csrf=session.csrf, ask=ask)

    async def _authorize(self, _request: Request, session: LinkSession) -> Response:
        problem = await self.link.may(session.link_request)
        if problem is not None:
            return self.browsers.problem(words.OF[problem], session=session)
        address = await self.consent.begin(session, verifier=secrets.token_urlsafe(64))
        return RedirectResponse(address, status_code=302, headers=SECURITY_HEADERS)

    async def _callback(self, request: Request, session: LinkSession) -> Response:
        state, code = request.query_params.get("state"), request.query_params.get("code")
        if state is None:
            return self.browsers.problem(words.NO_STATE, session=session)
        if "error" in request.query_params:
            await self.consent.cancel(state)
            return self.browsers.problem(words.DENIED, session=session)
        if not code:
            return self.browsers.problem(words.INCOMPLETE, session=session)
        linked = await self.consent.finish(session, state=state, code=code)
        if isinstance(linked, Confirmation):
            return await self._ask(session, linked)
        if isinstance(linked, ParallelAccount):
            return go_to(SECRET_PAGE)
        return self.browsers.problem(words.OF[linked], session=session)
