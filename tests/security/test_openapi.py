"""docs/openapi.yaml describes every route there is (test_made_up_requests.py asks them)."""

from pathlib import Path

import pytest
from starlette.routing import Route

from bot.web.asgi import create_routes
from tests.security.described import described_doors
from tests.security.served import serving_app


def described() -> dict[str, set[str]]:
    return {door.path: {*door.methods} for door in described_doors()}


async def routes(tmp_path: Path) -> dict[str, set[str]]:
    async with serving_app(tmp_path / "data") as served:
        table = create_routes(served.wiring, checks={}).routes
    found = [route for route in table if isinstance(route, Route)]
    assert len(found) == len(table)
    return {route.path: (route.methods or set()) - {"HEAD"} for route in found}


@pytest.mark.anyio
async def test_every_route_is_described_with_its_methods_and_no_other(tmp_path: Path) -> None:
    assert await routes(tmp_path) == described()
