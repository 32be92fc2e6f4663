"""`/parallel/webhook`, `/parallel/check`, `/parallel/done`: the webhook secret, and its test."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.pages.browser import CONNECT, Browsers, go_to, with_session
from bot.pages.connect import SECRET_PAGE
from monitors.accounts.connect import ConnectAccount
from monitors.accounts.store import SqlAccounts
from monitors.accounts.webhook_check import CheckWebhooks
from monitors.model.linking import LinkSession

CHECK: Final = "/parallel/check"
DONE: Final = "/parallel/done"
LONGEST_SECRET: Final = 200
# How often the page reloads by itself; after that there is a button.
LOOKS: Final = 20

PLAUSIBLE: Final = re.compile(r"[!-~]{8,200}")
_UNPROCESSABLE: Final = 422
_ODD: Final = (
    "That isn't a webhook secret. It has at least eight characters and no spaces. Copy all of it, "
    "including whsec_ if it starts with that."
)


@dataclass(frozen=True, slots=True)
class WebhookPages:
    browsers: Browsers
    link: ConnectAccount
    check: CheckWebhooks
    accounts: SqlAccounts

    def routes(self) -> list[Route]:
        route = self.browsers.route
        return [
            route(SECRET_PAGE, get=with_session(self._form), post=with_session(self._keep)),
            route(CHECK, get=with_session(self._look), post=with_session(self._check_again)),
            route(DONE, get=self._done),
        ]

    async def _form(
        self, _request: Request, session: LinkSession, *, error: str | None = None
    ) -> Response:
        health = await self.accounts.health(session.link_request.workspace)
        if health is None or health.is_operators:
            return go_to(CONNECT)
        return self.browsers.show(
            "webhook_secret",
            status=200 if error is None else _UNPROCESSABLE,
            session=session,
            health=health,
            error=error,
            longest=LONGEST_SECRET,
        )

    async def _keep(self, request: Request, session: LinkSession) -> Response:
        form = await self.browsers.form(request, session)
        if form.get("action") == "without":
            kept = await self.link.without_secret(session.link_request)
            return go_to(DONE if kept else CONNECT)
        secret = form.get("secret", "").strip()
        if PLAUSIBLE.fullmatch(secret) is None:
            return await self._form(request, session, error=_ODD)
        if await self.link.with_secret(session.link_request, secret) is None:
            return go_to(CONNECT)
        await self.check.begin(session.link_request.workspace)
        return go_to(CHECK)

    async def _look(self, request: Request, session: LinkSession) -> Response:
        workspace = session.link_request.workspace
        health = await self.accounts.health(workspace)
        found = await self.check.find(workspace) if health and health.has_secret else None
        if found is None:
            return go_to(SECRET_PAGE)
        given = request.query_params.get("look", "0")
        look = int(given) if re.fullmatch(r"[0-9]{1,3}", given) else LOOKS
        # A page that shows a result stays as it is, so that it can be read.
        is_over = found.is_over or look >= LOOKS
        return self.browsers.show(
            "webhook_check",
            session=session,
            check=found,
            next_look=None if is_over else f"{CHECK}?look={look + 1}",
        )

    async def _check_again(self, request: Request, session: LinkSession) -> Response:
        await self.browsers.form(request, session)
        await self.check.begin(session.link_request.workspace)
        return go_to(CHECK)

    async def _done(self, _request: Request, session: LinkSession | None) -> Response:
        if session is None:
            # Reloaded after the session's end.
            return self.browsers.show("ended")
        workspace = session.link_request.workspace
        health = await self.accounts.health(workspace)
        if health is None:
            return go_to(CONNECT)
        return self.browsers.show(
            "linked",
            session=session,
            health=health,
            slack_url=f"https://app.slack.com/client/{workspace.team_id}",
        )
