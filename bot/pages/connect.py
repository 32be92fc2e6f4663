"""Connecting an account: `/parallel/connect`, `start`, `authorize`, `callback` and `end`.

A link from Slack shows for whom it is; only a form of that page opens a session. A GET changes
nothing but `/parallel/callback`, whose state belongs to one consent of one session.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.pages import browser
from monitors.accounts import connect
from monitors.accounts.link_tokens import LinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.linking import LinkRequest, LinkSession
from monitors.texts import connect_texts as words

SECRET_PAGE = "/parallel/webhook"  # noqa: S105 - an address


@dataclass(frozen=True, slots=True)
class ConnectPages:
    browsers: browser.Browsers
    link_tokens: LinkTokens[LinkRequest]
    link: connect.ConnectAccount
    consent: connect.ConnectByConsent
    accounts: SqlAccounts

    def routes(self) -> list[Route]:
        route = self.browsers.route
        return [
            route(browser.CONNECT, get=self._connect, post=browser.with_session(self._paste)),
            route("/parallel/start", post=self._start),
            route("/parallel/authorize", post=browser.with_session(self._authorize)),
            route("/parallel/callback", get=self._callback, get_changes=True),
            route("/parallel/end", post=self._end),
        ]

    async def _connect(self, request: Request, session: LinkSession | None) -> Response:
        ticket = request.query_params.get("ticket")
        if ticket is not None:
            return await self._ticket(request, session, ticket)
        if session is None:
            raise connect.ConnectError(words.NO_SESSION)
        await self.link.admin(session.link_request)
        return await self._form(session)

    async def _ticket(self, request: Request, session: LinkSession | None, ticket: str) -> Response:
        link_request = await self.link_tokens.read(ticket)
        if link_request is None:
            # The same link opened twice, or the way back from the page after it.
            if session is not None:
                return browser.go_to(browser.CONNECT)
            raise connect.ConnectError(words.TICKET)
        visitor = await self.link.visitor(link_request)
        return self.browsers.show_start(request, visitor, ticket, current=session)

    async def _start(self, request: Request, session: LinkSession | None) -> Response:
        form = await self.browsers.read_form(request)
        session_id, ticket = self.browsers.session_id(request, form), form.get("ticket", "")
        if session is not None and session.session_id == session_id:
            return browser.go_to(browser.CONNECT)
        link_request = await self.link_tokens.read(ticket)
        if link_request is None:
            # Sent twice: the answer to the first, which carried the cookie, was not waited for.
            if await self.browsers.sessions.read(session_id) is not None:
                return self.browsers.go_on(browser.CONNECT, session_id)
            raise connect.ConnectError(words.TICKET)
        visitor = await self.link.visitor(link_request)
        if session is not None and session.link_request != link_request:
            if not browser.is_token(form.get("replaces", ""), session.csrf):
                return self.browsers.show_start(request, visitor, ticket, current=session)
            await self.browsers.sessions.take(session.session_id)
        if await self.link_tokens.take(ticket) is not None:
            await self.browsers.sessions.keep(session_id, visitor)
        return self.browsers.go_on(browser.CONNECT, session_id)

    async def _end(self, request: Request, session: LinkSession | None) -> Response:
        form = await self.browsers.read_form(request)
        if session is None:
            return self.browsers.show("ended", status=400)
        browser.check_csrf(form, session.csrf)
        await self.browsers.sessions.take(session.session_id)
        return self.browsers.show_ended()

    async def _paste(self, request: Request, session: LinkSession) -> Response:
        form = await self.browsers.form(request, session)
        token = form.get("confirmation")
        if token is not None:
            return self._after(session, await self.link.confirmed(session.link_request, token))
        try:
            api_key = form.get("api_key", "").strip()
            return self._after(session, await self.link.by_key(session.link_request, api_key))
        except connect.ConnectError as error:
            if error.words.status not in {409, 422, 424}:
                raise
            return await self._form(session, problem=error.words)

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

    def _after(self, session: LinkSession, linked: connect.Answer) -> Response:
        if isinstance(linked, ParallelAccount):
            return browser.go_to(SECRET_PAGE)
        # Before anything is cancelled.
        return self.browsers.show("confirm", session=session, ask=linked)

    async def _authorize(self, request: Request, session: LinkSession) -> Response:
        await self.browsers.form(request, session)
        await self.link.admin(session.link_request)
        address = await self.consent.begin(session, verifier=secrets.token_urlsafe(64))
        # No redirect: the page's policy lets a form lead to this app alone.
        return self.browsers.show("onward", session=session, address=address)

    async def _callback(self, request: Request, session: LinkSession | None) -> Response:
        state = request.query_params.get("state")
        if state is None:
            raise connect.ConnectError(words.NO_STATE)
        if session is None:
            raise connect.ConnectError(words.OTHER_BROWSER)
        if "error" in request.query_params:
            with suppress(connect.ConnectError):
                await self.consent.end(session, state)
            raise connect.ConnectError(words.DENIED)
        code = request.query_params.get("code")
        if not code:
            raise connect.ConnectError(words.INCOMPLETE)
        return self._after(session, await self.consent.finish(session, state=state, code=code))
