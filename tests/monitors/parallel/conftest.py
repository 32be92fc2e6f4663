"""The gateway before the stand-in, and before a server that answers anything."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from monitors.model.monitor import MonitorHome
from monitors.parallel.gateway import ParallelGateway
from monitors.parallel.signing import Signer
from monitors.parallel.transport import open_http
from sandbox.parallel import ParallelSettings
from tests.monitors.parallel.arrange import webhook_url
from tests.monitors.parallel.oddity import Oddity, odd_server
from tests.sandbox.parallel.driver import SEEDS, Parallel, running

SIGNER = Signer([b"a key"])


async def is_known(_monitor_id: str, _home: MonitorHome) -> bool:
    """The monitors of these tests are known."""
    return True


@pytest.fixture(scope="session")
def stand_in() -> Iterator[Parallel]:
    # Runs happen when a test asks for one, not by themselves.
    with running(ParallelSettings(accounts=SEEDS, creation_run=False)) as parallel:
        yield parallel


@pytest.fixture
def parallel(stand_in: Parallel) -> Parallel:
    stand_in.control.post("/reset")
    return stand_in


@pytest.fixture(scope="session")
def one_oddity() -> Iterator[Oddity]:
    with odd_server() as oddity:
        yield oddity


@pytest.fixture
def oddity(one_oddity: Oddity) -> Oddity:
    one_oddity.tells()
    return one_oddity


@pytest.fixture
def sent() -> list[httpx.Request]:
    """Every request that left the gateway."""
    return []


@pytest.fixture
async def http(sent: list[httpx.Request]) -> AsyncIterator[httpx.AsyncClient]:
    async def keep(request: httpx.Request) -> None:
        sent.append(request)

    async with open_http(timeout_seconds=10) as http:
        http.event_hooks = {"request": [keep]}
        yield http


@pytest.fixture
def gateway(http: httpx.AsyncClient, parallel: Parallel) -> ParallelGateway:
    """Before the stand-in."""
    return ParallelGateway(
        http,
        base_url=f"{parallel.url}/parallel",
        webhook_url=webhook_url,
        signer=SIGNER,
        is_known=is_known,
    )


@pytest.fixture
def odd_gateway(http: httpx.AsyncClient, oddity: Oddity) -> ParallelGateway:
    """Before the server that answers anything."""
    return ParallelGateway(
        http,
        base_url=oddity.url,
        webhook_url=lambda _: None,
        signer=SIGNER,
        is_known=is_known,
    )
