"""The operator says where people get help, and what happens to their data."""

from typing import cast

import httpx
import pytest

from bot.slack.manifest import manifest_for
from monitors.model.operator_links import OperatorLinks
from monitors.settings import Settings
from tests.flows.home import Home
from tests.flows.world import Json, World

SUPPORT = "https://watch.acme.example/support?from=slack&to=us"
PRIVACY = "https://acme.example/privacy"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"support_url": SUPPORT, "privacy_url": PRIVACY})


def test_help_the_home_tab_and_the_pages_lead_there(world: World) -> None:
    answer = cast("Json", world.command("/help")["answer"])
    assert SUPPORT in str(answer)
    assert PRIVACY in str(answer)
    home = Home(world, world.user).open()
    assert "This app: \nsupport" in home
    assert "Your data: \nprivacy policy" in home
    page = httpx.get(world.app_url).text
    assert f'<a href="{SUPPORT.replace("&", "&amp;")}">Support</a>' in page
    assert f'<a href="{PRIVACY}">Privacy policy</a>' in page


def test_the_manifest_names_them_at_the_end_of_what_slack_shows() -> None:
    described = manifest_for(None, prefix="", links=OperatorLinks(SUPPORT, PRIVACY))
    shown = cast("dict[str, str]", described["display_information"])["long_description"]
    assert shown.endswith(f"\nSupport: {SUPPORT}\nPrivacy policy: {PRIVACY}")
