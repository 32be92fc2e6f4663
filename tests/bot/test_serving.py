"""How the server is set up, where that can't be seen without waiting for a minute; how it ends."""

import socket
import time
from pathlib import Path
from typing import Final

import pytest
from starlette.responses import PlainTextResponse

from bot.web.capped_http import CappedProtocol
from bot.web.serving import configured, listen, serving

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
