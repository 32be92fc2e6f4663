"""A `response_url` is only used where it leads to Slack, or to the stand-in in its place."""

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.first import first
from tests.flows.signed import SlackSender
from tests.flows.world import World
from tests.sandbox.parallel.driver import serving


@pytest.mark.parametrize("path", first(1, ["/", "/hooks.slack.com/", "/?https://hooks.slack.com"]))
def test_an_address_of_somebody_elses_is_never_asked(world: World, path: str) -> None:
    asked: list[str] = []

    async def record(request: Request) -> Response:
        asked.append(str(request.url))
        return JSONResponse({"ok": True})

    with serving([Route("/{rest:path}", record, methods=["GET", "POST"])]) as elsewhere:
        world.watch("so that the app is in the channel")
        sender = SlackSender.of(world)
        answer = sender.command(world, "/monitor", "list", response_url=f"{elsewhere}{path}")
        assert answer.status_code == 200
        # The person is answered all the same.
        world.until(world.whispers)
    assert asked == []
