"""Installing: consent, codes, tokens, rotation, organisations."""

import httpx

from sandbox.slack import SlackSettings
from tests.sandbox.slack.driver import App, Json, Slack, wait_until

SETTINGS = SlackSettings()
AUTHORIZE = "/slack/oauth/v2/authorize"


def asked(app: App, **changes: str) -> dict[str, str]:
    return {
        "client_id": SETTINGS.client_id,
        "scope": "commands,chat:write",
        "state": "s1",
        "redirect_uri": f"{app.url}/slack/oauth_redirect",
    } | changes


def consent(slack: Slack, app: App, **changes: str) -> httpx.Response:
    chosen = {
        "chosen_team": slack.acme.team_id,
        "chosen_user": slack.acme.admin,
        "decision": "allow",
    }
    return slack.client.post(AUTHORIZE, data=asked(app) | chosen | changes)


def code_of(answer: httpx.Response) -> str:
    assert answer.status_code == 302, answer.text
    assert answer.next_request is not None
    assert answer.next_request.url.params["state"] == "s1"
    return answer.next_request.url.params["code"]


def access(slack: Slack, app: App, **changes: str) -> Json:
    data = {
        "client_id": SETTINGS.client_id,
        "client_secret": SETTINGS.client_secret,
        "redirect_uri": f"{app.url}/slack/oauth_redirect",
    }
    return slack.client.post("/slack/api/oauth.v2.access", data=data | changes).json()


def test_the_consent_page_names_the_app_and_what_it_may(slack: Slack, app: App) -> None:
    page = slack.client.get(AUTHORIZE, params=asked(app, scope='chat:write,"><script>'))
    assert page.status_code == 200
    assert "threadwatch asks to join" in page.text
    assert "<li>chat:write</li>" in page.text
    assert "<script>" not in page.text


def test_a_wrong_request_for_consent_goes_no_further(slack: Slack, app: App) -> None:
    wrong: list[tuple[dict[str, str], str]] = [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"scope": ""}, "no_scopes"),
        ({"redirect_uri": "https://evil.example/slack/oauth_redirect"}, "bad_redirect_uri"),
        ({"redirect_uri": f"{app.url}/slack/oauth_redirect_too"}, "bad_redirect_uri"),
        ({"redirect_uri": "http://["}, "bad_redirect_uri"),
    ]
    for changes, error in wrong:
        page = slack.client.get(AUTHORIZE, params=asked(app, **changes))
        assert page.status_code == 400
        assert error in page.text


def test_a_code_buys_one_token(slack: Slack, app: App) -> None:
    code = code_of(consent(slack, app))
    assert access(slack, app, code=code, client_secret="x")["error"] == "bad_client_secret"
    assert access(slack, app, code=code, client_id="x")["error"] == "invalid_client_id"
    other = f"{app.url}/slack/oauth_redirect/other"
    assert access(slack, app, code=code, redirect_uri=other)["error"] == "bad_redirect_uri"
    granted = access(slack, app, code=code)
    assert granted["team"] == {"id": slack.acme.team_id, "name": "Acme"}
    assert (granted["app_id"], granted["enterprise"]) == (SETTINGS.app_id, None)
    assert granted["authed_user"]["id"] == slack.acme.admin
    assert granted["access_token"] == slack.token
    assert access(slack, app, code=code)["error"] == "invalid_code"


def test_a_code_lasts_ten_minutes(slack: Slack, app: App) -> None:
    code = code_of(consent(slack, app))
    slack.clock.advance(601)
    assert access(slack, app, code=code)["error"] == "invalid_code"


def test_refusing_is_told_to_the_app(slack: Slack, app: App) -> None:
    answer = consent(slack, app, decision="deny")
    assert answer.next_request is not None
    params = dict(answer.next_request.url.params)
    assert params == {"error": "access_denied", "state": "s1"}


def test_installing_as_a_browser_does_goes_all_the_way(slack: Slack, app: App) -> None:
    slack.control("POST", "/uninstall", team_id=slack.acme.team_id)
    wait_until(lambda: app.events("app_uninstalled"))
    who = {"team_id": slack.acme.team_id, "user_id": slack.acme.admin}
    denied = slack.control("POST", "/install", outcome="deny", **who)
    assert (denied["status"], denied["body"]) == (200, "access_denied")
    done = slack.control("POST", "/install", outcome="allow", **who)
    assert (done["status"], done["body"]) == (200, "installed")
    assert done["final_url"].startswith(f"{app.url}/slack/oauth_redirect?code=")
    (token,) = app.tokens
    assert slack.api("auth.test", token=token["access_token"])["team_id"] == slack.acme.team_id
    assert token["scope"] == "commands,chat:write"
    error = slack.refused("users.info", token=token["access_token"], user=slack.acme.admin)
    assert error == "missing_scope"


def test_a_refresh_token_works_once(slack: Slack, app: App) -> None:
    slack.control("PATCH", "/settings", token_rotation=True)
    granted = access(slack, app, code=code_of(consent(slack, app)))
    assert granted["expires_in"] == 43_200
    refresh = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    fresh = access(slack, app, **refresh)
    assert fresh["access_token"] != granted["access_token"]
    assert access(slack, app, **refresh)["error"] == "invalid_refresh_token"
    assert slack.api("auth.test", token=granted["access_token"])["ok"]
    slack.clock.advance(43_201)
    assert slack.refused("auth.test", token=granted["access_token"]) == "token_expired"


def test_an_organisation_wide_token_serves_every_workspace_of_it(slack: Slack, app: App) -> None:
    teams = [
        slack.control("POST", "/teams", name=name, enterprise_id="E0BIGCORP1")["team_id"]
        for name in ("North", "South")
    ]
    admin = slack.control("POST", "/users", team_id=teams[0], name="ann", is_admin=True)["id"]
    code = code_of(
        consent(slack, app, chosen_team=teams[0], chosen_user=admin, enterprise_wide="1")
    )
    granted = access(slack, app, code=code)
    assert (granted["team"], granted["is_enterprise_install"]) == (None, True)
    assert granted["enterprise"]["id"] == "E0BIGCORP1"
    token = granted["access_token"]
    listed = slack.api("auth.teams.list", token=token)["teams"]
    assert [team["id"] for team in listed] == teams
    south = slack.control("POST", "/users", team_id=teams[1], name="sue")["id"]
    room = slack.control("POST", "/channels", team_id=teams[1], name="ops", members=[south])["id"]
    scoped = slack.control("POST", "/tokens", team_id=teams[0], enterprise_wide=True)
    assert scoped["access_token"] == token
    assert slack.api("conversations.join", token=token, channel=room)["ok"]
    assert slack.refused("conversations.list", token=token) == "missing_argument"
    assert slack.api("conversations.list", token=token, team_id=teams[1])["channels"]
    said = slack.control("POST", "/messages", team_id=teams[1], channel=room, user=south, text="hi")
    assert said["delivered"] == 200
    (authorization,) = app.events("message")[0]["authorizations"]
    assert (authorization["team_id"], authorization["is_enterprise_install"]) == (None, True)
    assert slack.refused("auth.test", token=token, team_id=slack.acme.team_id) == (
        "team_access_not_granted"
    )
