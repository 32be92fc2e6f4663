"""The stand-in for Parallel, put together."""

import random

from starlette.routing import BaseRoute

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.parallel.api_alpha import ApiAlpha
from sandbox.parallel.api_v1 import ApiV1
from sandbox.parallel.content import Author
from sandbox.parallel.control import Control
from sandbox.parallel.edge import Edge
from sandbox.parallel.linking import Linking
from sandbox.parallel.runner import Runner
from sandbox.parallel.settings import ParallelSettings
from sandbox.parallel.tasks import ApiTasks
from sandbox.parallel.webhook_sender import WebhookSender
from sandbox.parallel.world import World
from sandbox.request_log import RequestLog
from sandbox.scheduler import Scheduler


class ParallelStandIn:
    """Serves `/parallel/…` and `/control/parallel/…`; runs monitors between `start` and `stop`."""

    def __init__(
        self,
        *,
        clock: Clock,
        rng: random.Random,
        faults: Faults,
        settings: ParallelSettings | None = None,
    ) -> None:
        world = World(settings or ParallelSettings(), clock, rng)
        log = RequestLog(clock)
        self._scheduler = Scheduler(clock)
        self._sender = WebhookSender(clock, self._scheduler)
        runner, linking = Runner(world, self._scheduler, self._sender), Linking(world)
        tasks = ApiTasks(world, self._scheduler, Author(rng))
        apis = (ApiAlpha(world, runner), ApiV1(world, runner), linking, tasks)
        operations = [operation for api in apis for operation in api.operations()]
        self._edge = Edge(world, operations, faults=faults, log=log)
        self._control = Control(
            world=world,
            runner=runner,
            scheduler=self._scheduler,
            sender=self._sender,
            linking=linking,
            tasks=tasks,
            log=log,
            faults=faults,
        )

    def routes(self) -> list[BaseRoute]:
        return [*self._control.routes(), self._edge]

    async def start(self) -> None:
        self._sender.start()
        self._scheduler.start()

    async def stop(self) -> None:
        await self._scheduler.stop()
        await self._sender.stop()
