"""The parts of this Slack that its methods, events and controls share."""

from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.request_log import RequestLog
from sandbox.scheduler import Scheduler
from sandbox.slack.event_dispatcher import EventDispatcher
from sandbox.slack.limits import RateLimits
from sandbox.slack.settings import SlackSettings
from sandbox.slack.sockets import Sockets
from sandbox.slack.state import SlackState
from sandbox.slack.stream import ChangeStream


@dataclass(frozen=True, slots=True)
class Platform:
    clock: Clock
    faults: Faults
    settings: SlackSettings
    state: SlackState
    sockets: Sockets
    scheduler: Scheduler
    dispatcher: EventDispatcher
    stream: ChangeStream
    limits: RateLimits
    log: RequestLog
