"""One server for both stand-ins and the demo page, and ways to run it.

In a test:                      with running_sandbox() as sandbox: sandbox.url
In a running event loop:        async with serve_sandbox(config, port=4000) as sandbox: sandbox.url
"""

import asyncio
import random
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace

import uvicorn
from anyio.from_thread import start_blocking_portal
from starlette.applications import Starlette

from sandbox.clock import Clock
from sandbox.faults import Faults, HangUpProtocol
from sandbox.page import page_routes
from sandbox.parallel import AccountSeed, ParallelSettings, ParallelStandIn
from sandbox.slack import DemoWorkspace, SlackSettings, SlackStandIn

LOOPBACK = "127.0.0.1"

DEMO_ACCOUNT = AccountSeed(
    name="demo",
    api_key="sandbox-parallel-key-7c1e",
    webhook_secret="whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC1vZi0zMi1ieXQ=",  # noqa: S106  # made up
)


SECOND_ACCOUNT = AccountSeed(
    name="globex",
    api_key="globex-parallel-key-40af",
    webhook_secret="whsec_Z2xvYmV4LXdlYmhvb2stc2VjcmV0LW9mLTMyLWJ5dGU=",  # noqa: S106  # made up
)


def _demo_parallel() -> ParallelSettings:
    return ParallelSettings(accounts=(DEMO_ACCOUNT,))


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """What a sandbox starts with; most of it can be changed by its control endpoints."""

    seed: int = 0
    speed: float = 1.0
    """Sandbox seconds per real second."""
    installed: bool = False
    """Whether the app has a bot token in the workspace from the start, without OAuth."""
    slack: SlackSettings = field(default_factory=SlackSettings)
    parallel: ParallelSettings = field(default_factory=_demo_parallel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The stand-ins, put together; `app` serves them between `start` and `stop`."""

    url: str
    app: Starlette
    clock: Clock
    slack: SlackStandIn
    parallel: ParallelStandIn
    workspace: DemoWorkspace
    """Ids of the workspace it starts with."""

    @property
    def slack_api_url(self) -> str:
        return f"{self.url}/slack/api/"

    @property
    def slack_authorize_url(self) -> str:
        return f"{self.url}/slack/oauth/v2/authorize"

    @property
    def parallel_url(self) -> str:
        """Both the Monitor API's base address and the platform's, where accounts are linked."""
        return f"{self.url}/parallel"

    async def start(self) -> None:
        await self.slack.start()
        await self.parallel.start()

    async def stop(self) -> None:
        """Ends open streams too, so that a server which waits for them can stop."""
        await self.parallel.stop()
        await self.slack.stop()


def create_sandbox(config: SandboxConfig | None = None, *, url: str) -> Sandbox:
    """Compose a sandbox which will be served at `url`."""
    config = config or SandboxConfig()
    clock = Clock(speed=config.speed)
    # Not for secrets: the same seed makes the same sandbox again.
    dice = random.Random(config.seed)  # noqa: S311

    def rng() -> random.Random:
        return random.Random(dice.random())  # noqa: S311

    # Settings change while a sandbox runs; a config may start another one.
    settings = replace(config.slack)
    slack = SlackStandIn(clock=clock, rng=rng(), faults=Faults(rng()), settings=settings)
    workspace = slack.seed_demo(installed=config.installed)
    parallel = ParallelStandIn(
        clock=clock, rng=rng(), faults=Faults(rng()), settings=config.parallel
    )
    routes = [*page_routes(), *slack.routes(), *parallel.routes()]
    return Sandbox(
        url=url,
        app=Starlette(routes=routes),
        clock=clock,
        slack=slack,
        parallel=parallel,
        workspace=workspace,
    )


class Server(uvicorn.Server):
    """uvicorn that reports when it is ready, and handles no signals: the caller does."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """A connection accepted just now is closed, too.

        uvicorn closes those that it knows of, and asyncio tells of one in the loop's next turn.
        """
        for server in self.servers:
            server.close()
        await asyncio.sleep(0)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def serve_sandbox(
    config: SandboxConfig | None = None, *, host: str = LOOPBACK, port: int = 0
) -> AsyncGenerator[Sandbox, None]:
    """Serve a sandbox in the running loop; it answers from the first line of the body on.

    Port 0 takes a free one. Raises OSError where the address is taken. The control endpoints
    trust every caller, so `host` belongs on loopback.
    """
    with _listen(host, port) as listener:
        sandbox = create_sandbox(config, url=_url_of(listener))
        server = Server(
            uvicorn.Config(
                sandbox.app,
                http=HangUpProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                # Longer than any client keeps one idle: none is closed under a request.
                timeout_keep_alive=75,
                timeout_graceful_shutdown=2,
            )
        )
        await sandbox.start()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.ready.wait()
            yield sandbox
        finally:
            await sandbox.stop()
            server.should_exit = True
            await serving


@contextmanager
def running_sandbox(config: SandboxConfig | None = None) -> Generator[Sandbox]:
    """A sandbox on a free loopback port, served from a thread of its own."""
    with (
        start_blocking_portal(name="sandbox") as portal,
        portal.wrap_async_context_manager(serve_sandbox(config)) as sandbox,
    ):
        yield sandbox
