"""Installing as a person does: a browser with cookies, from the app's page to the app's page."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
from starlette.routing import BaseRoute

from sandbox.plain_http import NO_TLS
from sandbox.slack.consent import AUTHORIZE_PATH
from sandbox.slack.control.body import CONFLICT, UNPROCESSABLE, Body, control
from sandbox.slack.errors import ControlError
from sandbox.slack.platform import Platform
from sandbox.slack.wire import JsonObject

_LINK = re.compile(r"""href\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_MOST_STEPS = 8
_SECONDS = 15.0


class Installing:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[BaseRoute]:
        return [control(self._platform.state, "POST", "/install", self._install)]

    async def _install(self, body: Body) -> JsonObject:
        team = body.team()
        user = body.user(team.team_id, "user_id")
        outcome = body.text("outcome", "allow")
        if outcome not in {"allow", "deny"}:
            raise ControlError("outcome is allow or deny")
        start = self._install_url()
        choice = {
            "chosen_team": team.team_id,
            "chosen_user": user.id,
            "decision": outcome,
            "enterprise_wide": "1" if body.flag("enterprise_wide") else "",
        }
        try:
            async with httpx.AsyncClient(
                trust_env=False, verify=NO_TLS, timeout=_SECONDS
            ) as browser:
                consent_url, page = await self._to_consent(browser, start)
                if consent_url is None:
                    return _seen(page)
                asked = dict(parse_qsl(urlsplit(consent_url).query, keep_blank_values=True))
                page = await browser.post(consent_url, data=asked | choice)
                return _seen(await _follow(browser, page))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            text = f"the app could not be reached: {type(error).__name__}"
            raise ControlError(text, status=UNPROCESSABLE) from error

    def _install_url(self) -> str:
        settings = self._platform.settings
        if settings.install_url:
            return settings.install_url
        if not settings.request_url:
            raise ControlError("configure request_url or install_url first", status=CONFLICT)
        return urljoin(settings.request_url, "/slack/install")

    async def _to_consent(
        self, browser: httpx.AsyncClient, start: str
    ) -> tuple[str | None, httpx.Response]:
        """Walk from the app's page, by redirect or by its link, until Slack's page shows."""
        page = await _follow(browser, await browser.get(start))
        if not _is_consent(str(page.url)):
            link = next((each for each in _links(page) if _is_consent(each)), None)
            if link is None:
                return None, page
            page = await _follow(browser, await browser.get(link))
        found = str(page.url) if _is_consent(str(page.url)) and page.is_success else None
        return found, page


def _is_consent(url: str) -> bool:
    return urlsplit(url).path == AUTHORIZE_PATH


def _links(page: httpx.Response) -> Iterator[str]:
    for link in _LINK.findall(page.text):
        try:
            yield urljoin(str(page.url), unescape(link))
        except ValueError:
            # No address at all: a browser would not follow it either.
            continue


async def _follow(browser: httpx.AsyncClient, page: httpx.Response) -> httpx.Response:
    for _ in range(_MOST_STEPS):
        if page.next_request is None:
            return page
        page = await browser.send(page.next_request)
    raise ControlError("too many redirects", status=UNPROCESSABLE)


def _seen(page: httpx.Response) -> JsonObject:
    return {"status": page.status_code, "final_url": str(page.url), "body": page.text}
