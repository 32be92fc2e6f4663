"""A workspace to begin with."""

from dataclasses import dataclass

from sandbox.slack.model import Consent
from sandbox.slack.platform import Platform
from sandbox.slack.token_issue import install

DEMO_BOT_TOKEN = "xoxb-0ACME0001-sandbox-bot-token"  # noqa: S105  # of a made-up Slack


@dataclass(frozen=True, slots=True)
class DemoWorkspace:
    """Ids of the workspace "Acme"; fixed, so that pages and tests may name them."""

    team_id: str
    admin: str
    users: tuple[str, ...]
    general: str
    research: str
    market_news: str
    leadership: str
    direct_message: str
    bot_user_id: str
    bot_token: str | None
    """None where the app is not installed yet."""


def seed_demo(platform: Platform, *, installed: bool) -> DemoWorkspace:
    state = platform.state
    team = state.add_team("Acme", team_id="T0ACME0001")
    ada = state.add_user(
        team.team_id, "ada", real_name="Ada Admin", admin=True, user_id="U0ADA00001"
    )
    ben = state.add_user(team.team_id, "ben", real_name="Ben Analyst", user_id="U0BEN00001")
    cleo = state.add_user(team.team_id, "cleo", real_name="Cleo Writer", user_id="U0CLEO0001")
    people = [ada.id, ben.id, cleo.id]
    rooms = {
        name: state.add_channel(
            team.team_id, name, "private" if private else "public", members=members, channel_id=id_
        )
        for name, private, members, id_ in (
            ("general", False, people, "C0GENERAL1"),
            ("research", False, people, "C0RESEARCH"),
            ("market-news", False, people, "C0MARKETS1"),
            ("leadership", True, [ada.id], "C0LEADERS1"),
        )
    }
    token = None
    if installed:
        scopes = platform.settings.scopes
        grant = install(platform, Consent(team.team_id, ada.id, scopes, enterprise_wide=False))
        # The same after every reset, so that an app set up with it goes on working.
        token = platform.state.rename_token(grant, DEMO_BOT_TOKEN)
    state.demo_installed = installed
    bot = state.ensure_bot(team, name=platform.settings.app_name)
    direct = state.add_channel(
        team.team_id, "", "dm", members=sorted([ada.id, bot.id]), channel_id="D0ADABOT01"
    )
    platform.stream.changed("teams")
    return DemoWorkspace(
        team_id=team.team_id,
        admin=ada.id,
        users=tuple(people),
        general=rooms["general"].id,
        research=rooms["research"].id,
        market_news=rooms["market-news"].id,
        leadership=rooms["leadership"].id,
        direct_message=direct.id,
        bot_user_id=bot.id,
        bot_token=token,
    )
