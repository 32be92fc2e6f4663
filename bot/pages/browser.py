"""Browser sessions on the account pages: the cookie, forms and their CSRF token, responses."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import compare_digest
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.pages import link_words as words
from bot.pages.link_words import ProblemWords
from bot.pages.rendering import SECURITY_HEADERS, Pages
from monitors.accounts.link_tokens import SESSION_SECONDS, RedisLinkSessions
from monitors.model.linking import LinkRequest, LinkSession
from monitors.ports import QueueDownError, StoreDownError
from monitors.storage.sealing import SealError

MOST_FORM_BYTES: Final = 16 * 1024
_COOKIE: Final = "threadwatch-link"
_FORM: Final = "application/x-www-form-urlencoded"
_SEE_OTHER: Final = 303

Form = dict[str, str]


class FormError(Exception):
    """The form can't be trusted or read; `words` tell the person what to do."""

    def __init__(self, problem: ProblemWords) -> None:
        super().__init__(problem.heading)
        self.words = problem


@dataclass(frozen=True, slots=True)
class Browsers:
    """Admits browsers by their session cookie, and renders pages for them.

    The cookie is HttpOnly and SameSite=Lax. It is Secure, except on a plain-http loopback address,
    to which a browser would not send a secure cookie.
    """

    sessions: RedisLinkSessions
    pages: Pages
    secure: bool
    can_install: bool

    async def find(self, request: Request) -> LinkSession | None:
        """Raises QueueDownError."""
        session_id = request.cookies.get(_COOKIE)
        return await self.sessions.find(session_id) if session_id else None

    async def admit(self, link_request: LinkRequest) -> str:
        """Opens a session and returns its cookie. Raises QueueDownError."""
        session = await self.sessions.open(link_request)
        flags = f"Path=/parallel; Max-Age={SESSION_SECONDS}; HttpOnly; SameSite=Lax"
        return f"{_COOKIE}={session.session_id}; {flags}{'; Secure' if self.secure else ''}"

    async def form(self, request: Request, session: LinkSession) -> Form:
        """The fields of one of our own forms, its CSRF token checked. Raises FormError."""
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != _FORM:
            raise FormError(words.UNREADABLE_FORM)
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_FORM_BYTES:
                    raise FormError(words.UNREADABLE_FORM)
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20)
        except (ValueError, ClientDisconnect) as error:
            raise FormError(words.UNREADABLE_FORM) from error
        form = dict(pairs)
        given = form.get("csrf", "")
        if not given.isascii() or not compare_digest(given, session.csrf):
            raise FormError(words.FORGED_FORM)
        return form

    def show(self, name: str, *, status: int = 200, **values: object) -> Response:
        html = self.pages.render(name, **values)
        return HTMLResponse(html, status_code=status, headers=SECURITY_HEADERS)

    def problem(self, problem: ProblemWords, *, session: LinkSession | None) -> Response:
        return self.show(
            "link_problem",
            status=problem.status,
            problem=problem,
            can_retry=session is not None,
            can_install=self.can_install,
        )


def go_to(path: str) -> Response:
    """Redirects to another of our own pages."""
    return RedirectResponse(path, status_code=_SEE_OTHER, headers=SECURITY_HEADERS)


Answer = Callable[[Request, LinkSession], Awaitable[Response]]


async def answered(browsers: Browsers, request: Request, answer: Answer) -> Response:
    """The response of `answer` for a browser with a session; an error page otherwise."""
    if request.method == "HEAD":
        # A link preview must not use up a one-time token.
        return Response(status_code=405, headers={"Allow": "GET, POST"})
    session = None
    try:
        session = await browsers.find(request)
        if session is None:
            return browsers.problem(words.NO_SESSION, session=None)
        return await answer(request, session)
    except FormError as error:
        return browsers.problem(error.words, session=session)
    except (QueueDownError, StoreDownError):
        return browsers.problem(words.UNAVAILABLE, session=session)
    except SealError as error:
        structlog.get_logger("accounts").error("account can't be decrypted", error=str(error))
        return browsers.problem(words.UNAVAILABLE, session=session)
