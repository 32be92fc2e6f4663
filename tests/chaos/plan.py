"""What happens when, all of it from the seed: commands, findings, webhooks, faults, kills."""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# Slack takes a message a second in each channel, so each thread has a channel of its own.
COMMANDS_PER_SECOND: Final = 10.0
# From the first command on; the first monitors exist by then, most do not yet.
FIRST_FINDING_SECONDS: Final = 6.0
FIRST_BLOW_SECONDS: Final = 4.0

TAG_PREFIX: Final = "finding-"

LOST_SHARE: Final = 0.02
DOUBLED_SHARE: Final = 0.15
LATE_SHARE: Final = 0.15
LATEST_SECONDS: Final = 8.0

# Beyond the 10 s that the app waits for an answer (bot.timings.CALL_SECONDS).
SLOW_SECONDS: Final = 12.0


class Mode(StrEnum):
    """How the app is run.

    `split`: two web processes, two workers, a Redis and a database beside them. `single`: one
    process with everything embedded.
    """

    SPLIT = "split"
    SINGLE = "single"


class BlowKind(StrEnum):
    """`empty` loses what Redis held; the other three are kill -9."""

    WEB = "kill web"
    WORKER = "kill worker"
    APP = "kill app"
    REDIS = "kill redis"
    EMPTY = "empty redis"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; the defaults are what CI runs."""

    workspaces: int = 20
    threads: int = 200
    findings: int = 2000
    findings_per_second: float = 25.0

    @property
    def window_seconds(self) -> float:
        """How long findings go on being made."""
        return self.findings / self.findings_per_second


@dataclass(frozen=True, slots=True)
class Finding:
    """One run of a thread's monitor, `at` seconds after the start; `number` counts from 0."""

    at: float
    thread: int
    number: int
    tag: str
    webhook: str
    late_seconds: float


@dataclass(frozen=True, slots=True)
class Blow:
    """A kill, and how long until what was killed is started again."""

    at: float
    kind: BlowKind
    which: int = 0
    down_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A stand-in's fault: which calls, what, how often."""

    side: str
    match: str
    kind: str
    rate: float
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`findings` by thread, each thread's in the order in which they are made."""

    seed: int
    mode: Mode
    size: Size
    findings: list[list[Finding]]
    blows: list[Blow]
    webhooks: dict[str, int] = field(default_factory=dict[str, int])

    def workspace_of(self, thread: int) -> int:
        return thread % self.size.workspaces

    @property
    def end_seconds(self) -> float:
        """When the last finding is made, if its monitor exists by then."""
        return FIRST_FINDING_SECONDS + self.size.window_seconds


def make_plan(size: Size, mode: Mode, seed: int) -> Plan:
    """The same for the same arguments."""
    dice = random.Random(f"{seed}/{mode}/{size}")  # noqa: S311 - a schedule, not a secret
    findings = [_findings_of(thread, size, dice) for thread in range(size.threads)]
    webhooks: dict[str, int] = {}
    for each in (each for of_thread in findings for each in of_thread):
        webhooks[each.webhook] = webhooks.get(each.webhook, 0) + 1
    blows = _blows(FIRST_FINDING_SECONDS + size.window_seconds, mode, dice)
    return Plan(seed, mode, size, findings, blows, webhooks)


def _findings_of(thread: int, size: Size, dice: random.Random) -> list[Finding]:
    share, rest = divmod(size.findings, size.threads)
    count = share + (1 if thread < rest else 0)
    last = FIRST_FINDING_SECONDS + size.window_seconds
    times = sorted(dice.uniform(FIRST_FINDING_SECONDS, last) for _ in range(count))
    return [_finding(at, thread, number, dice) for number, at in enumerate(times)]


def _finding(at: float, thread: int, number: int, dice: random.Random) -> Finding:
    tag = f"{TAG_PREFIX}{thread:04d}-{number:05d}-{dice.getrandbits(32):08x}"
    fate = dice.random()
    if fate < LOST_SHARE:
        webhook = "lost"
    elif fate < LOST_SHARE + DOUBLED_SHARE:
        webhook = "doubled"
    elif fate < LOST_SHARE + DOUBLED_SHARE + LATE_SHARE:
        webhook = "late"
    else:
        webhook = "normal"
    return Finding(at, thread, number, tag, webhook, round(dice.uniform(1, LATEST_SECONDS), 2))


def _blows(end: float, mode: Mode, dice: random.Random) -> list[Blow]:
    """One process in turn of each kind, each about as often as it takes to be whole again."""
    every = (
        {BlowKind.WEB: 12.0, BlowKind.WORKER: 14.0, BlowKind.REDIS: 28.0}
        if mode is Mode.SPLIT
        else {BlowKind.APP: 14.0, BlowKind.REDIS: 20.0}
    )
    blows = [Blow(end * dice.uniform(0.5, 0.7), BlowKind.EMPTY)]
    for kind, seconds in every.items():
        at = FIRST_BLOW_SECONDS + seconds * dice.uniform(0, 0.6)
        while at < end:
            down = round(dice.uniform(0.2, 3.0), 2)
            blows.append(Blow(at, kind, dice.randrange(2), down))
            at += seconds * dice.uniform(0.7, 1.3)
    return sorted(blows, key=lambda blow: blow.at)


def fault_rules() -> list[FaultRule]:
    """A few percent of each. A slow call is a rare one, for it takes the app's whole patience."""
    often = {"429": 0.02, "500": 0.02, "drop_before": 0.02, "drop_after": 0.02}
    seldom = {"429": 0.01, "500": 0.01, "drop_before": 0.01, "drop_after": 0.01}
    table = (
        ("slack", "chat.postMessage", often, 0.004),
        ("slack", "chat.update", often, 0.002),
        ("slack", "conversations.*", seldom, 0.0),
        ("parallel", "POST /v1/monitors", often, 0.01),
        ("parallel", "GET /v1/monitors/*/events", often, 0.002),
        ("parallel", "GET /v1/monitors", seldom, 0.0),
        ("parallel", "GET /v1/monitors/*", seldom, 0.0),
    )
    rules: list[FaultRule] = []
    for side, match, rates, slow in table:
        rules += [FaultRule(side, match, kind, rate) for kind, rate in rates.items()]
        if slow:
            rules.append(FaultRule(side, match, "slow", slow, SLOW_SECONDS))
    return rules
