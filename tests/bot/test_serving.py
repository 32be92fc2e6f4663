"""How the server is set up, where that can't be seen without waiting for a minute; how it ends."""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from docket import Docket, Worker
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot.web.capped_http import CappedProtocol
from bot.web.crowd import Crowd
from bot.web.serving import configured, listen, serving
from bot.web.working import CONCURRENCY, CONCURRENCY_THEN, MANY_REQUESTS, give_way
from monitors.settings_problems import SetupError

ROOT: Final = Path(__file__).parents[2]


def test_connections_outlive_a_balancers_and_only_the_guard_reads_what_a_proxy_says() -> None:
    config = configured(PlainTextResponse("ok"), headers=[], protocol=CappedProtocol)
    assert config.timeout_keep_alive > 60
    assert not config.proxy_headers


def test_the_procfile_needs_no_installed_script() -> None:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(" python -m bot " in line for line in lines)


@pytest.mark.anyio
async def test_a_connection_that_arrives_as_the_server_stops_is_closed() -> None:
    with listen("127.0.0.1", 0) as listener, socket.socket() as client:
        client.settimeout(5)
        async with serving(PlainTextResponse("ok"), listener):
            client.connect(listener.getsockname())
            # The loop stands still until uvicorn is due to look whether to stop, so it accepts the
            # connection and stops in one turn.
            time.sleep(0.15)  # noqa: ASYNC251
        assert client.recv(1) == b""


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.anyio
async def test_few_jobs_run_while_many_requests_are_being_answered() -> None:
    """Those that never arrive whole don't count: anyone can hold many of them."""
    crowd, may_answer = Crowd(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await may_answer.wait()
        await PlainTextResponse("ok")(scope, receive, send)

    async def ask(port: int, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        line = await reader.readline()
        writer.close()
        return line

    worker = Worker(Docket(url="memory://"), concurrency=CONCURRENCY)
    with listen("127.0.0.1", 0) as listener:
        port = int(listener.getsockname()[1])
        async with serving(slow, listener, crowd=crowd):
            giving_way = asyncio.create_task(give_way(worker, crowd))
            head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\n"
            halves = [asyncio.create_task(ask(port, head)) for _ in range(MANY_REQUESTS + 1)]
            await until(lambda: len(crowd.tasks) > MANY_REQUESTS)
            assert crowd.answering == 0
            wholes = [asyncio.create_task(ask(port, head + b"x")) for _ in range(MANY_REQUESTS + 1)]
            await until(lambda: worker.concurrency == CONCURRENCY_THEN)
            may_answer.set()
            answers = await asyncio.gather(*wholes, *halves)
            assert {line[9:12] for line in answers} == {b"200"}
            await until(lambda: worker.concurrency == CONCURRENCY)
            giving_way.cancel()
            with suppress(asyncio.CancelledError):
                await giving_way


def test_an_address_that_is_not_this_machines_is_answered_with_advice_about_the_host() -> None:
    with pytest.raises(SetupError, match="Set HOST to an address of this machine"):
        listen("192.0.2.1", 0)
