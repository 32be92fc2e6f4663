"""Browsers on the account pages: cookies, forms and their CSRF tokens, responses."""

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import compare_digest
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.pages.rendering import POLICY, SECURITY_HEADERS, Cookies, Pages
from bot.slack.door import capped_body
from monitors.accounts import link_tokens
from monitors.accounts.connect import ConnectError
from monitors.model.linking import LinkSession, Visitor
from monitors.ports import QueueDownError, StoreDownError
from monitors.storage.sealing import SealError
from monitors.texts import connect_texts as words

MOST_FORM_BYTES: Final = 16 * 1024
_SESSION: Final = "threadwatch-session"
# Set before there is a session, so that the form that opens one works in this browser alone.
_FORM: Final = "threadwatch-form"
_FORM_ID: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_SEE_OTHER: Final = 303
# The first page.
CONNECT: Final = "/parallel/connect"

Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class Browsers:
    """Knows browsers by their session cookie, and renders pages for them."""

    sessions: link_tokens.LinkTokens[Visitor]
    pages: Pages
    cookies: Cookies
    origin: str
    icons_from: str
    can_install: bool

    def route(
        self,
        path: str,
        *,
        get: "AnswerAnyone | None" = None,
        post: "AnswerAnyone | None" = None,
        get_changes: bool = False,
    ) -> Route:
        """A page, or an error page in its place; without `get`, the way back to the first page.

        `get_changes`: its GET comes from another's consent page and saves what was agreed to.
        """

        async def answered(request: Request) -> Response:
            answer = post if request.method == "POST" else get
            if request.method == "HEAD":
                # A link preview must not use up a one-time token.
                return Response(status_code=405, headers={"Allow": "GET, POST"})
            if answer is None:
                return go_to(CONNECT)
            session = None
            try:
                session = await self._find(request)
                return await answer(request, session)
            except ConnectError as error:
                problem = error.words
            except (QueueDownError, StoreDownError):
                problem = words.UNAVAILABLE
            except SealError as error:
                structlog.get_logger("accounts").error(
                    "account can't be decrypted", error=str(error)
                )
                problem = words.UNAVAILABLE
            if problem is words.UNAVAILABLE and request.method == "GET" and not get_changes:
                problem = words.NOT_SHOWN
            return self.show(
                "link_problem",
                status=problem.status,
                session=session,
                problem=problem,
                can_install=self.can_install,
            )

        return Route(path, answered, methods=["GET", "POST"] if post else ["GET"])

    async def _find(self, request: Request) -> LinkSession | None:
        session_id = self.cookies.read(request, _SESSION)
        visitor = await self.sessions.read(session_id) if session_id else None
        return LinkSession(visitor, session_id) if session_id and visitor else None

    async def form(self, request: Request, session: LinkSession) -> Form:
        """The fields of one of our own forms, its CSRF token checked. Raises ConnectError."""
        form = await self.read_form(request)
        check_csrf(form, session.csrf)
        return form

    async def read_form(self, request: Request) -> Form:
        """A form that a page of this app sent, as far as the browser says. Raises ConnectError."""
        if not _is_from(request, self.origin):
            raise ConnectError(words.FORGED_FORM)
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != _FORM_TYPE:
            raise ConnectError(words.UNREADABLE_FORM)
        body = await capped_body(request, MOST_FORM_BYTES)
        if body is None:
            raise ConnectError(words.UNREADABLE_FORM)
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20)
        except ValueError as error:
            raise ConnectError(words.UNREADABLE_FORM) from error
        return dict(pairs)

    def show_start(
        self, request: Request, visitor: Visitor, ticket: str, *, current: LinkSession | None
    ) -> Response:
        """The form that opens a session, for this browser alone."""
        form_id = self._form_id(request) or secrets.token_urlsafe(32)
        others = current if current and current.link_request != visitor.link_request else None
        answer = self.show(
            "start",
            visitor=visitor,
            ticket=ticket,
            csrf=link_tokens.form_csrf(ticket, form_id),
            others=others,
        )
        answer.headers[POLICY] = answer.headers[POLICY].replace(
            "img-src", f"img-src {self.icons_from}"
        )
        self.cookies.set(answer, _FORM, form_id, seconds=link_tokens.LINK_TOKEN_SECONDS)
        return answer

    def session_id(self, request: Request, form: Form) -> str:
        """Of the session that the form of `show_start` opens. Raises ConnectError."""
        form_id, ticket = self._form_id(request), form.get("ticket", "")
        if form_id is None:
            raise ConnectError(words.FORGED_FORM)
        check_csrf(form, link_tokens.form_csrf(ticket, form_id))
        return link_tokens.session_id_of(ticket, form_id)

    def _form_id(self, request: Request) -> str | None:
        given = self.cookies.read(request, _FORM)
        return given if given and _FORM_ID.fullmatch(given) else None

    def go_on(self, path: str, session_id: str) -> Response:
        """Redirects, with the session's cookie."""
        answer = go_to(path)
        self.cookies.set(answer, _SESSION, session_id, seconds=link_tokens.SESSION_SECONDS)
        return answer

    def show_ended(self) -> Response:
        answer = self.show("ended")
        for name in (_SESSION, _FORM):
            self.cookies.set(answer, name, "", seconds=0)
        return answer

    def show(
        self,
        name: str,
        *,
        status: int = 200,
        session: LinkSession | None = None,
        **values: object,
    ) -> Response:
        html = self.pages.render(name, session=session, **values)
        return HTMLResponse(html, status_code=status, headers=SECURITY_HEADERS)


def check_csrf(form: Form, csrf: str) -> None:
    """Raises ConnectError."""
    if not is_token(form.get("csrf", ""), csrf):
        raise ConnectError(words.FORGED_FORM)


def is_token(given: str, token: str) -> bool:
    return given.isascii() and compare_digest(given, token)


def _is_from(request: Request, origin: str) -> bool:
    """Whether the browser says that a page of this app sent the form.

    Pages send no referrer, so a form's `Origin` may be `null`; then `Sec-Fetch-Site` says it.
    """
    site, given = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None:
        return given == origin
    return site == "same-origin" and given in {None, "null", origin}


def icons_from(slack_api_url: str) -> str:
    """Where workspaces' icons come from: Slack, or the stand-in in its place."""
    host = urlsplit(slack_api_url).hostname or ""
    is_slack = host.endswith(("slack.com", "slack-gov.com"))
    return "https://*.slack-edge.com" if is_slack else origin_of(slack_api_url)


def origin_of(public_url: str) -> str:
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc}"


def go_to(path: str) -> Response:
    """Redirects to another of our own pages."""
    return RedirectResponse(path, status_code=_SEE_OTHER, headers=SECURITY_HEADERS)


Answer = Callable[[Request, LinkSession], Awaitable[Response]]
AnswerAnyone = Callable[[Request, LinkSession | None], Awaitable[Response]]


def with_session(answer: Answer) -> AnswerAnyone:
    """Only for a browser with a session."""

    async def answered(request: Request, session: LinkSession | None) -> Response:
        if session is None:
            raise ConnectError(words.NO_SESSION)
        return await answer(request, session)

    return answered
