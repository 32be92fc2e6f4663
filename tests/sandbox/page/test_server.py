"""One server for both stand-ins and the page, in a thread or in a running loop."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import anyio
import httpx
import pytest

from sandbox.demo import DemoError, connect_app, install_app, serve_sandbox
from sandbox.plain_http import NO_TLS
from sandbox.server import DEMO_ACCOUNT, Sandbox, SandboxConfig, running_sandbox


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_a_sandbox_starts_answers_and_stops() -> None:
    with running_sandbox() as sandbox:
        url = sandbox.url
        assert httpx.get(url, trust_env=False, verify=NO_TLS).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False, verify=NO_TLS)


def test_two_sandboxes_run_side_by_side() -> None:
    with running_sandbox() as one, running_sandbox() as other:
        assert one.url != other.url
        httpx.put(
            f"{one.url}/control/parallel/clock", json={"speed": 60}, trust_env=False, verify=NO_TLS
        )

        assert one.clock.speed == 60
        assert other.clock.speed == 1


def test_an_open_stream_does_not_keep_the_server_from_stopping() -> None:
    running = ExitStack()
    sandbox = running.enter_context(running_sandbox())
    with (
        running,
        httpx.stream("GET", f"{sandbox.url}/control/slack/stream", trust_env=False) as stream,
        ThreadPoolExecutor(1) as pool,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        stopped = pool.submit(running.close)
        assert not any(line.startswith("data") for line in stream.iter_lines())
        stopped.result()


@pytest.mark.parametrize(
    ("service", "path"), [("slack", "/slack/api/api.test"), ("parallel", "/parallel/v1/monitors")]
)
@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_dropped_connection_looks_like_one(
    sandbox: Sandbox, http: httpx.Client, service: str, path: str, kind: str
) -> None:
    http.post(f"/control/{service}/faults", json={"kind": kind, "times": 1}).raise_for_status()

    with pytest.raises(httpx.TransportError):
        http.post(path, headers={"x-api-key": DEMO_ACCOUNT.api_key}, json={})

    assert httpx.get(sandbox.url, trust_env=False, verify=NO_TLS).status_code == 200


@pytest.mark.anyio
async def test_a_running_loop_can_serve_a_sandbox_on_a_chosen_port() -> None:
    async with serve_sandbox(SandboxConfig(speed=10)) as sandbox:
        port = httpx.URL(sandbox.url).port

    assert port is not None
    async with serve_sandbox(port=port) as again:
        assert httpx.URL(again.url).port == port
        with pytest.raises(OSError, match="in use"):
            async with serve_sandbox(port=port):
                pytest.fail("two servers listen on one port")


@pytest.mark.anyio
async def test_an_app_that_is_not_there_is_said_not_to_be_there() -> None:
    async with serve_sandbox() as sandbox:
        with pytest.raises(DemoError, match="did not answer Slack's challenge"):
            await connect_app(sandbox.url, "http://127.0.0.1:9")
        with pytest.raises(DemoError, match="could not be reached"):
            await install_app(sandbox)


@pytest.mark.anyio
async def test_a_sandbox_that_is_gone_is_said_to_be_gone() -> None:
    async with serve_sandbox() as sandbox:
        gone = sandbox
    await anyio.lowlevel.checkpoint()
    with pytest.raises(DemoError, match="does not answer"):
        await install_app(gone)
