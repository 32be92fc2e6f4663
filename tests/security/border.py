"""Workspaces side by side, and a way to see whether anything of one reached another."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import httpx
from sqlalchemy import select

from bot.wiring import Wiring
from monitors.model.workspace import Workspace
from monitors.storage.tables import METADATA
from tests.flows.app import RunningApp
from tests.flows.findings import finding
from tests.flows.signed import ParallelSender, SlackSender
from tests.flows.world import Json, Thread, World

LINKED: Final = ("amber", "cobalt")
SHARING: Final = ("jade", "ruby")
"""These two are served by the operator's account, and so share one key and one endpoint."""
ORGANISED: Final = ("onyx", "opal")
"""These two are of one organisation, each with its own installation and account.

One installation for both has one token, and with it Slack alone keeps their channels apart.
"""
ENTERPRISE: Final = "E0BORDER01"

_SEEN: Final = ("messages", "ephemerals", "homes", "modals")


REFUSED: Final = "webhooks don't match the webhook secret"


@dataclass(frozen=True, slots=True)
class Account:
    """A Parallel account; `endpoint_id` is the address of its webhooks."""

    name: str
    api_key: str
    webhook_secret: str
    endpoint_id: str


@dataclass(frozen=True, slots=True)
class Side:
    """One workspace: its admin, a channel, and a monitor in a thread there.

    `word` stands in its query and in its findings, and nowhere else.
    """

    world: World
    word: str
    account: Account
    thread: Thread
    monitor_id: str
    bot_user_id: str

    @property
    def team_id(self) -> str:
        return self.world.team_id

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.team_id)

    @property
    def metadata(self) -> dict[str, str]:
        """What its monitor carries at Parallel."""
        return cast("dict[str, str]", self._monitor()["metadata"])

    def _monitor(self) -> Json:
        return self.world.monitor(self.monitor_id)

    def is_whole(self) -> bool:
        """Whether the app is installed there, and the monitor is at work in its thread."""
        (team,) = cast("list[Json]", self.world.state()["teams"])
        monitor = self._monitor()
        home = cast("dict[str, str]", monitor["metadata"])
        return (
            team["installed"] is True
            and monitor["status"] == "active"
            and home["slack_thread_id"] == self.thread.ts
            and home["slack_channel_id"] == self.thread.channel
        )


@dataclass(frozen=True, slots=True)
class Border:
    """The app, and the workspaces that it serves."""

    app: RunningApp
    world: World
    sides: dict[str, Side]

    @property
    def slack(self) -> SlackSender:
        return SlackSender.of(self.world)

    def parallel(self, at: Side, *, secret_of: Side) -> ParallelSender:
        """Someone who sends to one account's address with another's secret."""
        url = f"{self.app.url}/webhooks/parallel/{at.account.endpoint_id}"
        return ParallelSender(url, secret_of.account.webhook_secret)

    def whole(self, name: str) -> Side:
        """The workspace; made whole again where it did something to itself."""
        side = self.sides.get(name)
        if side is None or not side.is_whole():
            side = self._made(name, side)
            self.sides[name] = side
        return side

    def _made(self, name: str, before: Side | None) -> Side:
        world = before.world if before else self._workspace(name)
        assert world.install()["status"] == httpx.codes.OK
        account = self._account(name, Workspace(world.team_id))
        word = f"{name}word"
        thread, monitor_id = world.watch(f"{word} news")
        world.run(monitor_id, events=[finding(f"{word} has come to light")])
        world.until(lambda: world.replies(thread))
        bot = str(cast("list[Json]", world.state()["teams"])[0]["bot_user_id"])
        return Side(world, word, account, thread, monitor_id, bot)

    def _workspace(self, name: str) -> World:
        return self.world.workspace(name, enterprise_id=ENTERPRISE if name in ORGANISED else "")

    def _account(self, name: str, workspace: Workspace) -> Account:
        """Linked to the workspace where it has its own; else the operator's."""
        settings = self.app.settings
        if name in SHARING:
            assert settings.parallel_api_key is not None
            assert settings.parallel_webhook_secret is not None
            key = settings.parallel_api_key.get_secret_value()
            secret = settings.parallel_webhook_secret.get_secret_value()
        else:
            key, secret = f"key-of-{name}", f"whsec_secret_of_{name}"
            seed: Json = {"name": name, "api_key": key, "webhook_secret": secret}
            self.world.post("/control/parallel/accounts", seed)

        async def endpoint_id(wiring: Wiring) -> str:
            if name not in SHARING:
                await wiring.accounts.connect(workspace, key, [secret])
            account = await wiring.accounts.for_workspace(workspace)
            assert account is not None
            return account.endpoint_id

        return Account("demo" if name in SHARING else name, key, secret, self.app.do(endpoint_id))

    def link_of(self, side: Side) -> str:
        """What the modal to unlink its account carries."""

        async def identity(wiring: Wiring) -> str:
            health = await wiring.accounts.health(side.workspace)
            assert health is not None
            return health.identity

        return self.app.do(identity)

    def look_around(self) -> None:
        """Have the reconciler see what it would find by itself, such as an earlier run."""
        self.app.do(lambda wiring: wiring.queue.enqueue("reconcile", "", key="reconcile"))

    def quiet(self) -> bool:
        """Whether nothing is left to do soon, and no monitor waits for its first run.

        What waits for a person or for the end of a snooze does nothing by itself.
        """
        monitors = self.world.all_monitors()
        if any(each["status"] == "active" and each["executions"] == 0 for each in monitors):
            return False

        async def jobs(wiring: Wiring) -> int:
            docket, redis = wiring.stores.docket, wiring.stores.redis
            soon = time.time() + 60
            due = await redis.zcount(docket.queue_key, "-inf", soon)
            return await redis.xlen(docket.stream_key) + due

        return self.app.do(jobs) == 0

    def kept_of(self, side: Side) -> Mapping[str, object]:
        """Everything of a workspace: what Slack shows there, its monitors, its rows."""
        state = side.world.state()
        messages = cast("dict[str, list[Json]]", state["messages"])
        return {
            **{name: state[name] for name in ("ephemerals", "homes", "modals", "teams")},
            # Of some forged webhooks in a row its admin is told, as they should be.
            "messages": {
                channel: [each for each in said if REFUSED not in str(each["text"])]
                for channel, said in messages.items()
            },
            "monitors": [m for m in side.world.all_monitors() if _is_of(m, side)],
            "rows": self.app.do(lambda wiring: _rows(wiring, side.team_id)),
        }

    def seen_by(self, side: Side) -> str:
        """All that people of a workspace can see, as one text."""
        state = side.world.state()
        return json.dumps([state[name] for name in _SEEN])


def _is_of(monitor: Json, side: Side) -> bool:
    home = cast("dict[str, str] | None", monitor["metadata"]) or {}
    # A person with a key may write any workspace's name on a monitor of their own.
    return monitor["account"] == side.account.name and home.get("slack_team_id") == side.team_id


async def _rows(wiring: Wiring, team_id: str) -> list[str]:
    """Of every table; the account's health and what an attempt merely touched are left out."""
    found: list[str] = []
    for table in METADATA.sorted_tables:
        if "team_id" not in table.c:
            continue
        columns = [each for each in table.c if not each.name.startswith("last_")]
        statement = select(*columns).where(table.c.team_id == team_id)
        rows = await wiring.stores.database.rows(statement)
        found += [f"{table.name}: {tuple(row)}" for row in rows]
    return sorted(found)
