"""A workspace that used the operator's account links its own: what ran there ends, and says so."""

from uuid import uuid4

from tests.flows.connecting import browser, open_account, words_of
from tests.flows.world import World


def test_linking_is_optional_where_the_operator_has_an_account(outside: World) -> None:
    world = outside.workspace(f"w{uuid4().hex[:8]}")
    with browser(world) as admin:
        installed = admin.install()
        assert "/monitor latest AI research papers" in words_of(installed)
        assert "Connect your own Parallel account" in words_of(installed)
        page = words_of(admin.get("/parallel/connect"))
        assert "This is optional" in page
        assert admin.get("/parallel/webhook").headers["location"] == "/parallel/connect"
        assert "shared Parallel account" in words_of(admin.get("/parallel/done"))


def test_monitors_on_the_operators_account_end_once_an_own_one_is_linked(outside: World) -> None:
    world = outside.workspace(f"w{uuid4().hex[:8]}")
    neighbour = outside.workspace(f"w{uuid4().hex[:8]}")
    neighbour.install()
    _, spared = neighbour.watch("new papers on fission")
    with browser(world) as admin:
        admin.install()
        thread, monitor_id = world.watch("new papers on fusion")
        account = open_account(world)
        assert admin.link(account).status_code == 303
    world.until(lambda: status_of(world, monitor_id) == "cancelled")
    world.until(lambda: any("account" in text for text in world.replies(thread)))
    assert status_of(neighbour, spared) == "active"
    _, another = world.watch("new papers on fusion")
    assert another != monitor_id


def status_of(world: World, monitor_id: str) -> str:
    return str(next(m["status"] for m in world.all_monitors() if m["monitor_id"] == monitor_id))
