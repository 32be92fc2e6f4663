"""auth.*, bots.*, users.*, apps.* and oauth.*: who is who, and who may."""

from secrets import compare_digest

from sandbox.slack.block_kit.blocks import check_blocks
from sandbox.slack.block_kit.shapes import Report
from sandbox.slack.block_kit.views import check_view
from sandbox.slack.content import decoded
from sandbox.slack.errors import SlackError
from sandbox.slack.render import bot_profile, user_json
from sandbox.slack.token_issue import redeem, refresh, revoke
from sandbox.slack.web_api.call import Call
from sandbox.slack.web_api.paging import one_page
from sandbox.slack.wire import JsonObject, as_object


def auth_test(call: Call) -> JsonObject:
    grant, state = call.bot_grant, call.platform.state
    team_id = grant.team_id or call.text("team_id") or next(iter(grant.bot_user_ids))
    if not state.serves(grant, team_id):
        raise SlackError("team_access_not_granted")
    team, bot = state.teams[team_id], state.bot_user(team_id)
    if bot is None:
        raise SlackError("account_inactive")
    answer: JsonObject = {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": bot.name,
        "team_id": team.team_id,
        "user_id": bot.id,
        "bot_id": bot.bot_id,
        "is_enterprise_install": grant.is_enterprise,
    }
    if team.enterprise_id:
        answer["enterprise_id"] = team.enterprise_id
    return answer


def team_info(call: Call) -> JsonObject:
    """Only of workspaces that the token serves; the icon is Slack's own until someone sets one."""
    team_id = call.text("team") or call.bot_grant.team_id or ""
    team = call.platform.state.teams.get(team_id)
    if team is None or not call.platform.state.serves(call.bot_grant, team_id):
        raise SlackError("team_not_found")
    icon: JsonObject = {
        f"image_{size}": f"{call.base_url}/slack/icons/{team_id}.svg" for size in (34, 44, 88, 230)
    }
    about: JsonObject = {
        "id": team_id,
        "name": team.name,
        "domain": team.domain,
        "email_domain": "",
        "icon": {**icon, "image_default": True},
    }
    return {"team": about}


def auth_teams_list(call: Call) -> JsonObject:
    state = call.platform.state
    teams = [team for team in state.teams.values() if state.serves(call.bot_grant, team.team_id)]
    listed = [{"id": team.team_id, "name": team.name} for team in teams]
    return {"teams": listed, "response_metadata": {"next_cursor": ""}}


def auth_revoke(call: Call) -> JsonObject:
    if call.flag("test"):
        return {"revoked": False}
    revoke(call.platform, call.bot_grant)
    return {"revoked": True}


def bots_info(call: Call) -> JsonObject:
    for user in call.platform.state.users.values():
        if user.bot_id and user.bot_id == call.text("bot"):
            for team_id in call.platform.state.teams:
                if call.platform.state.serves(call.bot_grant, team_id) and (
                    call.platform.state.belongs(user, team_id)
                ):
                    profile = bot_profile(user.bot_id, team_id, call.platform.settings)
                    return {"bot": profile | {"user_id": user.id}}
    raise SlackError("bot_not_found")


def users_info(call: Call) -> JsonObject:
    return {"user": user_json(call.known_user(), call.platform.state)}


def users_list(call: Call) -> JsonObject:
    team_id, state = call.team_id(), call.platform.state
    found = [
        user_json(user, state) for user in state.users.values() if state.belongs(user, team_id)
    ]
    members, cursor = one_page(call, found, call.limit(default=1000, most=1000))
    return {"members": members, "response_metadata": {"next_cursor": cursor}}


def oauth_access(call: Call) -> JsonObject:
    _require_client(call)
    grant_type = call.text("grant_type") or "authorization_code"
    if grant_type == "refresh_token":
        return refresh(call.platform, call.text("refresh_token"))
    if grant_type != "authorization_code":
        raise SlackError("invalid_grant_type")
    return redeem(call.platform, call.text("code"), call.text("redirect_uri"))


def _require_client(call: Call) -> None:
    settings = call.platform.settings
    client_id, secret = call.basic_auth or (call.text("client_id"), call.text("client_secret"))
    if client_id != settings.client_id:
        raise SlackError("invalid_client_id")
    if not compare_digest(secret.encode(), settings.client_secret.encode()):
        raise SlackError("bad_client_secret")


def connections_open(call: Call) -> JsonObject:
    """Where the app opens its next websocket; the token is the app's own, of no workspace."""
    if not call.token:
        raise SlackError("not_authed")
    if not call.token.startswith("xapp-"):
        raise SlackError("not_allowed_token_type")
    if not compare_digest(call.token.encode(), call.platform.settings.app_token.encode()):
        raise SlackError("invalid_auth")
    return {"url": call.platform.sockets.new_url()}


def blocks_validate(call: Call) -> JsonObject:
    """Checks blocks, a message or a view without posting; needs no token."""
    given = [name for name in ("blocks", "view", "message") if call.arguments.get(name)]
    if len(given) != 1:
        text = "must provide exactly one of `blocks`, `view`, or `message`"
        raise SlackError("invalid_arguments", response_metadata={"messages": [text]})
    value, report = decoded(call.arguments[given[0]]), Report()
    content = as_object(value) or {}
    if given[0] == "view":
        check_view(content, report, surface="home" if content.get("type") == "home" else "modal")
    else:
        blocks = value if given[0] == "blocks" else content.get("blocks")
        check_blocks(blocks, "", report, surface="message")
    if report.faults:
        errors: list[JsonObject] = [
            {"code": "failed_constraint", "message": text, "pointer": pointer}
            for pointer, text in report.faults
        ]
        raise SlackError("invalid_blocks", errors=errors)
    return {}
