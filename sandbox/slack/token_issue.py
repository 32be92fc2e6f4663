"""Installations: codes, tokens, rotation, and taking all of it back."""

from sandbox.slack import events
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Code, Consent, Grant, Team
from sandbox.slack.platform import Platform
from sandbox.slack.render import enterprise_json
from sandbox.slack.wire import JsonObject


def new_code(platform: Platform, consent: Consent) -> str:
    text = f"{consent.team_id[1:]}.{platform.state.new_secret()}"
    expires_at = platform.clock.time() + platform.settings.code_seconds
    platform.state.codes[text] = Code(text, consent, expires_at)
    return text


def redeem(platform: Platform, code_text: str, redirect_uri: str) -> JsonObject:
    """The answer of oauth.v2.access; a code works once."""
    code = platform.state.codes.get(code_text)
    if code is None or platform.clock.time() > code.expires_at:
        raise SlackError("invalid_code")
    if redirect_uri != code.consent.redirect_uri:
        raise SlackError("bad_redirect_uri")
    del platform.state.codes[code_text]
    grant = install(platform, code.consent)
    return grant_answer(platform, grant, code.consent.team_id)


def install(platform: Platform, consent: Consent) -> Grant:
    """Scopes only accumulate; without rotation a re-install keeps its token, as at Slack."""
    team = platform.state.teams[consent.team_id]
    team_id = None if consent.enterprise_wide else team.team_id
    bots = _bots_of(platform, team, consent)
    scopes = consent.scopes
    known = _live_grant(platform, team_id, team.enterprise_id)
    if known is not None:
        scopes = tuple(dict.fromkeys([*known.scopes, *scopes]))
    if known is not None and not platform.settings.token_rotation:
        known.scopes, known.installer = scopes, consent.user
        known.bot_user_ids |= bots
        platform.stream.changed("teams")
        return known
    grant = Grant(
        token=f"xoxb-{(team_id or team.enterprise_id or '')[1:]}-{platform.state.new_secret()}",
        scopes=scopes,
        team_id=team_id,
        enterprise_id=team.enterprise_id,
        installer=consent.user,
        bot_user_ids=bots,
    )
    if platform.settings.token_rotation:
        rotate_into(platform, grant, seconds=platform.settings.first_token_seconds)
    platform.state.grants[grant.token] = grant
    platform.stream.changed("teams")
    return grant


def _bots_of(platform: Platform, team: Team, consent: Consent) -> dict[str, str]:
    """The bot user in each workspace that the installation covers, the chosen one first."""
    covered = [team]
    if consent.enterprise_wide:
        covered += [
            each
            for each in platform.state.teams.values()
            if each is not team and each.enterprise_id == team.enterprise_id
        ]
    name = platform.settings.app_name
    return {each.team_id: platform.state.ensure_bot(each, name=name).id for each in covered}


def _live_grant(platform: Platform, team_id: str | None, enterprise_id: str | None) -> Grant | None:
    for grant in platform.state.grants.values():
        if not grant.revoked and grant.team_id == team_id and grant.enterprise_id == enterprise_id:
            return grant
    return None


def rotate_into(platform: Platform, grant: Grant, *, seconds: float) -> None:
    secret = platform.state.new_secret
    grant.token = f"xoxe.xoxb-1-{secret(length=40)}"
    grant.refresh_token = f"xoxe-1-{secret(length=40)}"
    grant.lasts_seconds = seconds
    grant.expires_at = platform.clock.time() + seconds


def refresh(platform: Platform, refresh_token: str) -> JsonObject:
    """A refresh token works once; the token it replaces lives on until it expires.

    Where the answer was lost, and nobody uses the new token, it works again for a while.
    """
    grant = _refreshable(platform, refresh_token)
    if grant is None:
        raise SlackError("invalid_refresh_token")
    fresh = Grant(
        token="",
        scopes=grant.scopes,
        team_id=grant.team_id,
        enterprise_id=grant.enterprise_id,
        installer=grant.installer,
        bot_user_ids=dict(grant.bot_user_ids),
        excluded=set(grant.excluded),
        bought_with=refresh_token,
        bought_at=platform.clock.time(),
    )
    rotate_into(platform, fresh, seconds=platform.settings.token_seconds)
    grant.refresh_token = None
    platform.state.grants[fresh.token] = fresh
    return grant_answer(platform, fresh, next(iter(fresh.bot_user_ids)))


def _refreshable(platform: Platform, refresh_token: str) -> Grant | None:
    """Whose token it renews, or would have renewed."""
    latest = platform.clock.time() - platform.settings.refresh_grace_seconds
    for grant in platform.state.grants.values():
        if not refresh_token or grant.revoked:
            continue
        if grant.refresh_token == refresh_token:
            return grant
        is_lost = grant.refresh_token is not None and not grant.used
        if grant.bought_with == refresh_token and is_lost and grant.bought_at > latest:
            return grant
    return None


def grant_answer(platform: Platform, grant: Grant, team_id: str) -> JsonObject:
    team = platform.state.teams[team_id]
    answer: JsonObject = {
        "ok": True,
        "app_id": platform.settings.app_id,
        "authed_user": {"id": grant.installer},
        "scope": ",".join(grant.scopes),
        "token_type": "bot",
        "access_token": grant.token,
        "bot_user_id": grant.bot_user_ids[team_id],
        "team": None if grant.is_enterprise else {"id": team.team_id, "name": team.name},
        "enterprise": enterprise_json(grant.enterprise_id),
        "is_enterprise_install": grant.is_enterprise,
    }
    if grant.refresh_token and grant.expires_at is not None:
        answer |= {"refresh_token": grant.refresh_token, "expires_in": int(grant.lasts_seconds)}
    return answer


def revoke(platform: Platform, grant: Grant) -> None:
    """One token ends; the app hears of it by `tokens_revoked`."""
    grant.revoked = True
    events.tokens_revoked(platform, grant)
    platform.stream.changed("teams")


def exclude(platform: Platform, grant: Grant, team_id: str) -> None:
    """An admin takes an organisation's app out of one of its workspaces."""
    grant.excluded.add(team_id)
    _leave_channels(platform, team_id, grant.bot_user_ids.get(team_id))
    _tell_access(platform, grant, team_id, "team_access_revoked")


def include(platform: Platform, grant: Grant, team_id: str) -> None:
    """An admin adds it to one."""
    team = platform.state.teams[team_id]
    bot = platform.state.ensure_bot(team, name=platform.settings.app_name)
    grant.bot_user_ids[team_id] = bot.id
    grant.excluded.discard(team_id)
    _tell_access(platform, grant, team_id, "team_access_granted")


def _tell_access(platform: Platform, grant: Grant, team_id: str, kind: str) -> None:
    event: JsonObject = {"type": kind, "team_ids": [team_id]}
    events.send_event(platform, team_id, event, subscription=kind, grant=grant)
    platform.stream.changed("teams")


def uninstall(platform: Platform, grant: Grant) -> None:
    """Every token of the installation ends, the bot leaves its channels, both events go out."""
    state = platform.state
    for other in state.grants.values():
        if (other.team_id, other.enterprise_id) == (grant.team_id, grant.enterprise_id):
            other.revoked = True
    events.app_uninstalled(platform, grant)
    for team_id, bot_id in grant.bot_user_ids.items():
        if state.grant_for(team_id) is None:
            _leave_channels(platform, team_id, bot_id)
    platform.stream.changed("teams")


def _leave_channels(platform: Platform, team_id: str, bot_id: str | None) -> None:
    for channel in platform.state.channels.values():
        if channel.team_id == team_id and channel.kind != "dm" and bot_id in channel.members:
            channel.members.remove(bot_id)
