"""The page where a person lets the app in: /slack/oauth/v2/authorize."""

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.slack.errors import SlackError
from sandbox.slack.model import Consent
from sandbox.slack.platform import Platform
from sandbox.slack.token_issue import new_code

AUTHORIZE_PATH = "/slack/oauth/v2/authorize"
_PASSED_ON = ("client_id", "scope", "user_scope", "state", "redirect_uri", "team")
_FOUND = 302


class ConsentPage:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[BaseRoute]:
        return [
            Route(AUTHORIZE_PATH, self._show, methods=["GET"]),
            Route(AUTHORIZE_PATH, self._decide, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        asked = dict(request.query_params)
        try:
            self._check(asked)
        except SlackError as error:
            return _error_page(error)
        return HTMLResponse(self._page(asked))

    async def _decide(self, request: Request) -> Response:
        body = (await request.body()).decode(errors="replace")
        asked = dict(parse_qsl(body, keep_blank_values=True))
        try:
            redirect_uri = self._check(asked)
            if asked.get("decision") != "allow":
                return _redirect(redirect_uri, error="access_denied", state=asked.get("state"))
            code = self._grant_code(asked)
        except SlackError as error:
            return _error_page(error)
        return _redirect(redirect_uri, code=code, state=asked.get("state"))

    def _grant_code(self, asked: dict[str, str]) -> str:
        state = self._platform.state
        team = state.teams.get(asked.get("chosen_team", ""))
        user = state.users.get(asked.get("chosen_user", ""))
        if team is None:
            raise SlackError("invalid_team_for_non_distributed_app")
        if user is None or not state.belongs(user, team.team_id):
            raise SlackError("user_not_found")
        enterprise_wide = asked.get("enterprise_wide") == "1"
        if enterprise_wide and not (team.enterprise_id and user.is_admin):
            raise SlackError("org_install_not_allowed")
        consent = Consent(
            team_id=team.team_id,
            user=user.id,
            scopes=_scopes(asked),
            enterprise_wide=enterprise_wide,
            # As given: a code asked for without an address is redeemed without one.
            redirect_uri=asked.get("redirect_uri", ""),
        )
        return new_code(self._platform, consent)

    def _check(self, asked: dict[str, str]) -> str:
        """Where the answer goes; raises SlackError for what Slack shows on a page of its own."""
        settings = self._platform.settings
        if asked.get("client_id") != settings.client_id:
            raise SlackError("invalid_client_id")
        if not _scopes(asked) and not asked.get("user_scope"):
            raise SlackError("no_scopes")
        given, registered = asked.get("redirect_uri", ""), settings.redirect_url
        target = given or registered
        if not target or (registered and not _is_below(target, registered)):
            raise SlackError("bad_redirect_uri")
        return target

    def _page(self, asked: dict[str, str]) -> str:
        state, app = self._platform.state, escape(self._platform.settings.app_name)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(asked.get(name, ""))}">'
            for name in _PASSED_ON
            if name in asked
        )
        teams = "".join(
            f'<option value="{escape(team.team_id)}"'
            f"{' selected' if team.team_id == asked.get('team') else ''}>"
            f"{escape(team.name)}</option>"
            for team in state.teams.values()
        )
        users = "".join(
            f'<option value="{escape(user.id)}">{escape(user.real_name)}'
            f"{' (admin)' if user.is_admin else ''}, {escape(user.team_id)}</option>"
            for user in state.users.values()
            if not user.is_bot
        )
        scopes = "".join(f"<li>{escape(scope)}</li>" for scope in _scopes(asked))
        return _PAGE.format(app=app, hidden=hidden, teams=teams, users=users, scopes=scopes)


def _scopes(asked: dict[str, str]) -> tuple[str, ...]:
    return tuple(scope for scope in asked.get("scope", "").replace(" ", ",").split(",") if scope)


def _is_below(target: str, registered: str) -> bool:
    """Equal to the registered address or below it, as Slack allows."""
    try:
        wanted, known = urlsplit(target), urlsplit(registered)
    except ValueError:
        return False
    same_place = (wanted.scheme, wanted.netloc) == (known.scheme, known.netloc)
    below = known.path.rstrip("/") + "/"
    return same_place and (wanted.path == known.path or wanted.path.startswith(below))


def _redirect(target: str, **answer: str | None) -> Response:
    query = urlencode({name: value for name, value in answer.items() if value is not None})
    joint = "&" if urlsplit(target).query else "?"
    return RedirectResponse(f"{target}{joint}{query}", status_code=_FOUND)


def _error_page(error: SlackError) -> Response:
    reason = escape(error.code)
    page = f"<!doctype html><title>Slack</title><h1>Something went wrong</h1><p>{reason}"
    return HTMLResponse(page, status_code=400)


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Slack: install {app}</title>
<body style="font-family: system-ui; max-width: 32rem; margin: 3rem auto; padding: 0 1rem">
<h1>{app} asks to join a workspace</h1>
<form method="post">
{hidden}
<p><label>Workspace <select name="chosen_team">{teams}</select></label></p>
<p><label>You are <select name="chosen_user">{users}</select></label></p>
<p><label><input type="checkbox" name="enterprise_wide" value="1">
for the whole organisation</label></p>
<p>It will be able to:</p><ul>{scopes}</ul>
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Cancel</button>
</form></body></html>
"""
