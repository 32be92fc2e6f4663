"""Connecting an account: `/parallel/connect`, `start`, `authorize`, `callback` and `end`.

A link from Slack shows for whom it is; only a form of that page opens a session. A GET changes
nothing but `/parallel/callback`, whose state belongs to one consent of one session.
"""

import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.pages import link_words as words
from bot.pages.browser import Browsers, answered, check_csrf, go_to, guarded, is_token
from monitors.accounts.connect import ConnectAccount, ConnectByConsent, ConnectProblem
from monitors.accounts.link_tokens import LinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.linking import Confirmation, LinkRequest, LinkSession

CONNECT = "/parallel/connect"
SECRET_PAGE = "/parallel/webhook"  # noqa: S105 - an address


@dataclass(frozen=True, slots=True)
class ConnectPages:
    browsers: Browsers
    link_tokens: LinkTokens[LinkRequest]
    link: ConnectAccount
    consent: ConnectByConsent
    accounts: SqlAccounts

    def routes(self) -> list[Route]:
        return [
            Route(CONNECT, self.connect, methods=["GET", "POST"]),
            Route("/parallel/start", self.start, methods=["GET", "POST"]),
            Route("/parallel/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/parallel/callback", self.callback, methods=["GET"]),
            Route("/parallel/end", self.end, methods=["GET", "POST"]),
        ]

    async def connect(self, request: Request) -> Response:
        if request.method == "POST":
            return await answered(self.browsers, request, self._paste)
        ticket = request.query_params.get("ticket")
        if ticket is None:
            return await answered(self.browsers, request, self._connect)
        return await guarded(
            self.browsers, request, lambda session: self._ticket(request, session, ticket)
        )

    async def start(self, request: Request) -> Response:
        if request.method == "GET":
            return go_to(CONNECT)
        return await guarded(self.browsers, request, lambda session: self._start(request, session))

    async def authorize(self, request: Request) -> Response:
        if request.method == "GET":
            return go_to(CONNECT)
        return await answered(self.browsers, request, self._authorize)

    async def end(self, request: Request) -> Response:
        if request.method == "GET":
            return go_to(CONNECT)
        return await guarded(self.browsers, request, lambda session: self._end(request, session))

    async def callback(self, request: Request) -> Response:
        return await guarded(
            self.browsers, request, lambda session: self._callback(request, session)
        )

    async def _ticket(self, request: Request, session: LinkSession | None, ticket: str) -> Response:
        link_request = await self.link_tokens.read(ticket)
        if link_request is None:
            # The same link opened twice, or the way back from the page after it.
            return go_to(CONNECT) if session else self.browsers.problem(words.TICKET, session=None)
        visitor = await self.link.visitor(link_request)
        if isinstance(visitor, ConnectProblem):
            return self.browsers.problem(words.OF[visitor], session=session)
        return self.browsers.show_start(request, visitor, ticket, current=session)

    async def _start(self, request: Request, session: LinkSession | None) -> Response:
        form = await self.browsers.read_form(request)
        session_id, ticket = self.browsers.session_id(request, form), form.get("ticket", "")
        if session is not None and session.session_id == session_id:
            return go_to(CONNECT)
        link_request = await self.link_tokens.read(ticket)
        if link_request is None:
            # Sent twice: the answer to the first, which carried the cookie, was not waited for.
            if await self.browsers.sessions.read(session_id) is not None:
                return self.browsers.go_on(CONNECT, session_id)
            return self.browsers.problem(words.TICKET, session=session)
        visitor = await self.link.visitor(link_request)
        if isinstance(visitor, ConnectProblem):
            return self.browsers.problem(words.OF[visitor], session=session)
        if session is not None and session.link_request != link_request:
            if not is_token(form.get("replaces", ""), session.csrf):
                return self.browsers.show_start(request, visitor, ticket, current=session)
            await self.browsers.sessions.take(session.session_id)
        if await self.link_tokens.take(ticket) is not None:
            await self.browsers.sessions.keep(session_id, visitor)
        return self.browsers.go_on(CONNECT, session_id)

    async def _end(self, request: Request, session: LinkSession | None) -> Response:
        form = await self.browsers.read_form(request)
        if session is None:
            return self.browsers.show("ended", status=400)
        check_csrf(form, session.csrf)
        await self.browsers.sessions.take(session.session_id)
        return self.browsers.show_ended()

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
            return self._ask(session, linked)
        if isinstance(linked, ParallelAccount):
            return go_to(SECRET_PAGE)
        problem = words.OF[linked]
        if token is None and problem.status in {409, 422, 424}:
            return await self._form(session, problem=problem)
        return self.browsers.problem(problem, session=session)

    async def _form(
        self, session: LinkSession, *, problem: words.ProblemWords | None = None
    ) -> Response:
        return self.browsers.show(
            "connect",
            status=200 if problem is None else problem.status,
            session=session,
            health=await self.accounts.health(session.link_request.workspace),
            problem=problem,
        )

    def _ask(self, session: LinkSession, ask: Confirmation) -> Response:
        """Before anything is cancelled."""
        return self.browsers.show("confirm", session=session, ask=ask)

    async def _authorize(self, request: Request, session: LinkSession) -> Response:
        await self.browsers.form(request, session)
        problem = await self.link.may(session.link_request)
        if problem is not None:
            return self.browsers.problem(words.OF[problem], session=session)
        address = await self.consent.begin(session, verifier=secrets.token_urlsafe(64))
        # No redirect: the page's policy lets a form lead to this app alone.
        return self.browsers.show("onward", session=session, address=address)

    async def _callback(self, request: Request, session: LinkSession | None) -> Response:
        state = request.query_params.get("state")
        if state is None:
            return self.browsers.problem(words.NO_STATE, session=session)
        if session is None:
            other = words.OF[ConnectProblem.OTHER_BROWSER]
            return self.browsers.problem(other, session=None)
        if "error" in request.query_params:
            await self.consent.cancel(session, state)
            return self.browsers.problem(words.DENIED, session=session)
        return await self._finish(session, state, request.query_params.get("code"))

    async def _finish(self, session: LinkSession, state: str, code: str | None) -> Response:
        if not code:
            return self.browsers.problem(words.INCOMPLETE, session=session)
        linked = await self.consent.finish(session, state=state, code=code)
        if isinstance(linked, Confirmation):
            return self._ask(session, linked)
        if isinstance(linked, ParallelAccount):
            return go_to(SECRET_PAGE)
        return self.browsers.problem(words.OF[linked], session=session)
