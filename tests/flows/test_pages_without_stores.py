"""The pages while Redis or the database is away: what to do, 503, and nothing half done."""

from collections.abc import Generator
from typing import Final

import httpx
import pytest

from tests.flows.connecting import Browser, browser, csrf_of, open_account, words_of
from tests.flows.test_outages import app, postgres, redis, settings, until_ready
from tests.flows.world import World
from tests.servers import PostgresServer, RedisServer

pytestmark = pytest.mark.servers

__all__ = ["app", "postgres", "redis", "settings"]

RELOAD: Final = "Nothing was changed. Wait a minute, then reload this page."
# The pages that only show something, after an installation and a ticket.
IN_A_SESSION: Final = (
    *("/parallel/connect", "/parallel/webhook", "/parallel/done"),
    "/slack/installed",
)
AGAIN: Final = "so this may not be saved. Wait a minute, then try again."


@pytest.fixture
def world(outside: World) -> Generator[World]:
    """A workspace whose admin adds the app; everything is there again afterwards."""
    world = outside.workspace("Outages")
    yield world
    until_ready(world)


def assert_says(answer: httpx.Response, said: str) -> None:
    assert (answer.status_code, said in words_of(answer)) == (503, True), answer.text
    assert answer.headers["content-type"].startswith("text/html")


def ticket_of(world: World) -> str:
    with browser(world) as other:
        other.install()
        return other.ticket()


def assert_to_reload(visitor: Browser, *paths: str) -> None:
    for path in paths:
        assert_says(visitor.client.get(path), RELOAD)


def test_without_redis_pages_say_to_reload_and_then_are_there(
    world: World, redis: RedisServer
) -> None:
    with browser(world) as visitor:
        assert visitor.install().status_code == httpx.codes.OK
        # Before the page is opened: no session needs Redis yet.
        ticket = ticket_of(world)
        redis.stop()
        try:
            link = f"/parallel/connect?ticket={ticket}"
            assert_to_reload(visitor, "/slack/install", "/slack/installed", link)
            assert visitor.get("/").status_code == httpx.codes.OK
        finally:
            redis.start()
        until_ready(world)
        # The receipt was Redis's.
        assert "Continue in Slack" in words_of(visitor.get("/slack/installed"))
        assert visitor.get("/slack/install").status_code == httpx.codes.FOUND


def test_without_redis_forms_and_ways_back_say_to_try_again(
    world: World, redis: RedisServer
) -> None:
    account = open_account(world)
    with browser(world) as visitor:
        visitor.install_and_start()
        form = csrf_of(visitor.get("/parallel/connect")) | {"api_key": account.api_key}
        back = visitor.consent(account, visitor.to_parallel())
        redis.stop()
        try:
            assert_to_reload(visitor, *IN_A_SESSION)
            assert_says(visitor.client.post("/parallel/connect", data=form), AGAIN)
            assert_says(visitor.client.get(back), AGAIN)
            assert_says(visitor.client.get("/slack/oauth_redirect?state=s&code=c"), AGAIN)
        finally:
            redis.start()
        until_ready(world)
        visitor.install_and_start()
        assert visitor.link(account).status_code == httpx.codes.SEE_OTHER


def test_without_the_database_pages_say_to_reload_and_forms_to_try_again(
    world: World, postgres: PostgresServer
) -> None:
    account = open_account(world)
    with browser(world) as visitor:
        visitor.install_and_start()
        form = csrf_of(visitor.get("/parallel/connect")) | {"api_key": account.api_key}
        back = visitor.consent(account, visitor.to_parallel())
        postgres.stop()
        try:
            assert_to_reload(visitor, *IN_A_SESSION)
            assert_says(visitor.client.post("/parallel/connect", data=form), AGAIN)
            assert_says(visitor.client.get(back), AGAIN)
        finally:
            postgres.start()
        until_ready(world)
        assert "Threadwatch is in Outages" in words_of(visitor.get("/slack/installed"))
        assert visitor.link(account).status_code == httpx.codes.SEE_OTHER


def test_an_installation_that_cannot_be_saved_says_to_try_again_and_then_works(
    world: World, postgres: PostgresServer
) -> None:
    with browser(world) as visitor:
        back = visitor.consent_of_slack()
        postgres.stop()
        try:
            assert_says(visitor.client.get(back), AGAIN)
        finally:
            postgres.start()
        until_ready(world)
        assert "Threadwatch is in Outages" in words_of(visitor.install())
