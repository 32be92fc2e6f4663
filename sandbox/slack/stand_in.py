"""The stand-in as one thing: routes to mount, background work to start and stop."""

import random

from starlette.routing import BaseRoute

from sandbox.clock import Clock
from sandbox.faults import Faults, fault_routes
from sandbox.request_log import RequestLog
from sandbox.scheduler import Scheduler
from sandbox.slack.consent import ConsentPage
from sandbox.slack.control.body import PREFIX
from sandbox.slack.control.browser import Installing
from sandbox.slack.control.modals import UsingModals
from sandbox.slack.control.observe import Observing
from sandbox.slack.control.people import Acting
from sandbox.slack.control.sockets import Unplugging
from sandbox.slack.control.workspace import Arranging
from sandbox.slack.event_dispatcher import EventDispatcher
from sandbox.slack.files import Files
from sandbox.slack.icons import Icons
from sandbox.slack.limits import RateLimits
from sandbox.slack.platform import Platform
from sandbox.slack.responses import ResponseUrls
from sandbox.slack.seed import DemoWorkspace, seed_demo
from sandbox.slack.settings import SlackSettings
from sandbox.slack.sockets import Sockets
from sandbox.slack.state import SlackState
from sandbox.slack.stream import ChangeStream
from sandbox.slack.web_api.dispatch import WebApi


class SlackStandIn:
    """A Slack for one app.

    `clock` may run fast: event retries, codes and response URLs live by it. What the app compares
    with its own clock (signatures, `ts`, triggers, rate limits) goes by `clock.wall()`.
    """

    def __init__(
        self, *, clock: Clock, rng: random.Random, faults: Faults, settings: SlackSettings
    ) -> None:
        scheduler = Scheduler(clock)
        sockets = Sockets(settings=settings, faults=faults)
        self.platform = Platform(
            clock=clock,
            faults=faults,
            settings=settings,
            state=SlackState(clock=clock, rng=rng),
            sockets=sockets,
            scheduler=scheduler,
            dispatcher=EventDispatcher(
                clock=clock, scheduler=scheduler, settings=settings, sockets=sockets
            ),
            stream=ChangeStream(),
            limits=RateLimits(clock=clock, settings=settings),
            log=RequestLog(clock),
        )

    def routes(self) -> list[BaseRoute]:
        parts = (
            WebApi(self.platform),
            ConsentPage(self.platform),
            Icons(self.platform),
            ResponseUrls(self.platform),
            Files(self.platform),
            Observing(self.platform),
            Arranging(self.platform),
            Acting(self.platform),
            UsingModals(self.platform),
            Installing(self.platform),
            Unplugging(self.platform),
        )
        routes = [route for part in parts for route in part.routes()]
        return [*routes, *fault_routes(PREFIX, self.platform.faults)]

    def seed_demo(self, *, installed: bool = True) -> DemoWorkspace:
        """The workspace "Acme"; `installed` gives the app its bot token right away."""
        return seed_demo(self.platform, installed=installed)

    async def start(self) -> None:
        self.platform.stream.open()
        await self.platform.sockets.start()
        self.platform.dispatcher.start()
        self.platform.scheduler.start()

    async def stop(self) -> None:
        self.platform.stream.close()
        await self.platform.scheduler.stop()
        await self.platform.dispatcher.stop()
        await self.platform.sockets.stop()
