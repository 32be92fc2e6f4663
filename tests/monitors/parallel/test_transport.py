"""The HTTP client that every account's calls share."""

import pytest
from starlette.responses import Response

from monitors.parallel.transport import open_http
from tests.monitors.parallel.oddity import odd_server

pytestmark = pytest.mark.anyio


async def test_a_cookie_that_one_answer_sets_goes_with_no_other_call() -> None:
    answer = Response("{}", headers={"set-cookie": "session=of-one-account"})
    with odd_server() as server:
        server.tells(answer)
        async with open_http(timeout_seconds=10) as http:
            for _ in range(2):
                await http.get(server.url)
    assert [asked.cookie for asked in server.asked] == ["", ""]


async def test_a_proxy_that_the_environment_names_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with odd_server() as server:
        server.tells(Response("{}"))
        monkeypatch.setenv("http_proxy", server.url)
        async with open_http(timeout_seconds=10) as http:
            assert (await http.get("http://parallel.invalid/")).is_success
    assert len(server.asked) == 1
