"""From the install to a monitor on the workspace's own Parallel account, in a browser."""

import pytest

from monitors.settings import Settings
from tests.flows.linker import browser, open_account, words_of
from tests.flows.world import World


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"parallel_api_key": None, "parallel_webhook_secret": None})


def test_an_admin_installs_links_and_watches_with_their_own_account(outside: World) -> None:
    world, account = outside.workspace("Initech"), open_account(outside)
    with browser(world) as admin:
        installed = admin.install()
        assert installed.status_code == 200
        assert 'href="/parallel/connect"' in installed.text

        page = admin.get("/parallel/connect")
        assert page.status_code == 200
        assert "Initech" in words_of(page)
        assert 'href="/parallel/authorize"' in page.text

        linked = admin.link(account)
        assert (linked.status_code, linked.headers["location"]) == (303, "/parallel/webhook")
        asked = admin.get("/parallel/webhook")
        assert f"key …{account.api_key[-4:]}" in words_of(asked)
        assert "Settings, then Webhooks" in words_of(asked).replace(" , ", ", ")

        kept = admin.post("/parallel/webhook", {"secret": account.secret})
        assert (kept.status_code, kept.headers["location"]) == (303, "/parallel/check")
        waiting = admin.get("/parallel/check")
        assert "the first real one decides" in words_of(waiting)

        thread, monitor_id = world.watch("new papers on fusion")
        world.run(monitor_id)
        world.until(lambda: world.replies(thread))
        assert "The signature fits" in words_of(admin.get("/parallel/check"))
        done = admin.get("/parallel/done")
        assert "Threadwatch is ready" in words_of(done)
        assert f"https://app.slack.com/client/{world.team_id}" in done.text
    keys = {each["api_key"] for each in world.requests("parallel") if each["api_key"]}
    assert keys == {account.api_key}
