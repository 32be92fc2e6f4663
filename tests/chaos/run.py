"""One run: workspaces install, monitors are asked for, findings made, all of it struck; judged."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from monitors.work.queue import REDELIVERY_SECONDS
from sandbox.demo import connect_app
from tests.chaos.deployment import Deployment, deployed
from tests.chaos.leaks import QUERY, Leaks, look_for_leaks
from tests.chaos.plan import COMMANDS_PER_SECOND, Finding, Plan, fault_rules
from tests.chaos.stand_ins import stand_ins
from tests.chaos.verdict import Made, Typed, Verdict, judge
from tests.chaos.world import MessageSeen, StandIns, Workspace

# What was struck last is whole again, and what it left behind delivered, within this time.
DRAIN_SECONDS: Final = 150.0
# Beside the drain: what is made at the pace that this app needs on two busy cores.
FINDINGS_PER_SECOND_AT_LEAST: Final = 15.0
# A job that a dead worker held runs again after its lease; it must find that all is done.
QUIET_SECONDS: Final = REDELIVERY_SECONDS + 8.0
LOOK_SECONDS: Final = 2.0
MONITORS_SECONDS: Final = 150.0
_TYPES_AGAIN: Final = 10


@dataclass(slots=True)
class Outcome:
    """What came of a run, and what it went through."""

    plan: Plan
    verdict: Verdict
    made: int = 0
    errors_typed: Counter[str] = field(default_factory=Counter[str])
    """What commands that were not taken answered."""
    faults: dict[str, int] = field(default_factory=dict[str, int])
    blows: dict[str, int] = field(default_factory=dict[str, int])
    deaths: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    exits: Mapping[str, int | None] = field(default_factory=dict[str, int | None])
    logged: Counter[str] = field(default_factory=Counter[str])
    leaks: Leaks = field(default_factory=Leaks)
    database: str = ""
    seconds: float = 0.0

    def problems(self) -> list[str]:
        """Everything that must not be, in words."""
        exits = [f"{name} ended with {code}" for name, code in self.exits.items() if code != 0]
        planned = self.plan.size.findings
        unmade = [f"{planned - self.made} findings were never made"] * (self.made != planned)
        return [*self.verdict.problems(), *unmade, *exits, *self.leaks.problems()]


class Run:
    """Plays a plan against a deployment."""

    def __init__(self, plan: Plan, world: StandIns, deployment: Deployment) -> None:
        self._plan = plan
        self._world = world
        self._deployment = deployment
        self._workspaces: list[Workspace] = []
        self._typed: list[Typed] = []
        self._made: dict[str, list[Made]] = {}
        self._monitor_ids: dict[str, asyncio.Future[str]] = {}
        self._errors_typed: Counter[str] = Counter()
        self._start = 0.0

    async def play(self) -> Outcome:
        began = time.monotonic()
        await self._install()
        await self._world.order_faults(fault_rules())
        self._start = asyncio.get_running_loop().time()
        keeping = asyncio.create_task(self._deployment.keep_alive())
        looking = asyncio.create_task(self._look_for_monitors())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._strike())
                for thread in range(self._plan.size.threads):
                    group.create_task(self._live(thread))
        finally:
            looking.cancel()
        caused = await self._world.faults_caused()
        await self._world.calm()
        verdict = await self._wait_until_whole()
        if verdict.is_clean:
            verdict = await self._wait_until_quiet()
        keeping.cancel()
        exits = await self._deployment.stop()
        return Outcome(
            plan=self._plan,
            verdict=verdict,
            made=sum(len(made) for made in self._made.values()),
            errors_typed=self._errors_typed,
            faults=caused,
            blows=self._deployment.struck,
            deaths=self._deployment.deaths,
            exits=exits,
            database=self._deployment.database,
            seconds=time.monotonic() - began,
        )

    async def _install(self) -> None:
        for number in range(self._plan.size.workspaces):
            workspace = await self._world.add_workspace(number)
            await self._world.install(workspace)
            self._workspaces.append(workspace)

    async def _strike(self) -> None:
        async with asyncio.TaskGroup() as group:
            for blow in self._plan.blows:
                await self._until(blow.at)
                group.create_task(self._deployment.strike(blow))

    async def _live(self, thread: int) -> None:
        """A command, typed again while it answers errors; then its monitor's findings in turn."""
        await self._until(thread / COMMANDS_PER_SECOND)
        channel = await self._type(thread)
        async with asyncio.timeout(MONITORS_SECONDS + self._plan.size.threads / 4):
            monitor_id = await self._monitor_ids[channel]
        for finding in self._plan.findings[thread]:
            await self._until(finding.at)
            await self._make(finding, channel, monitor_id)

    async def _type(self, thread: int) -> str:
        """The channel whose command was acknowledged."""
        workspace = self._workspaces[self._plan.workspace_of(thread)]
        for attempt in range(_TYPES_AGAIN):
            name = f"room-{thread}-{attempt}"
            channel = await self._world.add_channel(workspace, name)
            self._monitor_ids[channel] = asyncio.get_running_loop().create_future()
            answer = await self._world.type_command(workspace, channel, f"{QUERY} {thread}")
            self._typed.append(Typed(workspace.team_id, channel, thread, answer.taken))
            if answer.taken:
                return channel
            self._errors_typed[answer.error] += 1
            await asyncio.sleep(1.0)
        raise RuntimeError(f"no command of thread {thread} was taken in {_TYPES_AGAIN} tries")

    async def _make(self, finding: Finding, channel: str, monitor_id: str) -> None:
        made = self._made.setdefault(channel, [])
        at = time.time()
        await self._world.make(finding, monitor_id)
        made.append(Made(finding.tag, at))

    async def _look_for_monitors(self) -> None:
        while True:
            for monitor in await self._world.monitors():
                channel = monitor.metadata.slack_channel_id if monitor.metadata else ""
                future = self._monitor_ids.get(channel)
                if future is not None and not future.done():
                    future.set_result(monitor.monitor_id)
            if all(future.done() for future in self._monitor_ids.values()):
                await asyncio.sleep(LOOK_SECONDS)
            await asyncio.sleep(0.5)

    async def _wait_until_whole(self) -> Verdict:
        """The verdict once nothing is missing, or at the deadline."""
        size = self._plan.size
        most = DRAIN_SECONDS + size.findings / FINDINGS_PER_SECOND_AT_LEAST
        deadline = asyncio.get_running_loop().time() + most
        while True:
            verdict = await self._judge()
            missing = verdict.lost or verdict.cards
            if not missing or asyncio.get_running_loop().time() > deadline:
                return verdict
            await asyncio.sleep(LOOK_SECONDS)

    async def _wait_until_quiet(self) -> Verdict:
        """Once more when no job can be left that has not seen the end: nothing may come twice."""
        since = asyncio.get_running_loop().time() - self._deployment.last_blow
        await asyncio.sleep(max(2 * LOOK_SECONDS, QUIET_SECONDS - since))
        return await self._judge()

    async def _judge(self) -> Verdict:
        seen: dict[str, dict[str, list[MessageSeen]]] = {}
        for workspace in self._workspaces:
            seen[workspace.team_id] = await self._world.messages(workspace.team_id)
        return judge(self._typed, self._made, await self._world.monitors(), seen)

    async def _until(self, seconds: float) -> None:
        await asyncio.sleep(self._start + seconds - asyncio.get_running_loop().time())


async def run_plan(plan: Plan, folder: Path) -> Outcome:
    """Everything, from the first process to the last; `folder` takes the logs."""
    with stand_ins(plan.seed, folder / "stand-ins.log") as url:
        world = StandIns(url)
        try:
            async with deployed(plan.mode, url, folder) as deployment:
                await connect_app(url, deployment.url)
                outcome = await Run(plan, world, deployment).play()
        finally:
            await world.close()
    outcome.logged = await asyncio.to_thread(count_logged, folder)
    outcome.leaks = await asyncio.to_thread(look_for_leaks, folder, deployment.secrets)
    return outcome


def count_logged(folder: Path) -> Counter[str]:
    """How often the app's processes logged what an operator would look at."""
    found: Counter[str] = Counter()
    for path in [*folder.glob("web-*.log"), *folder.glob("worker-*.log")]:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                for words in ("job crashed", "job given up", "job put back", "listener failed"):
                    found[words] += f'"{words}"' in line
    return found
