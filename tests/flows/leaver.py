"""A workspace that is about to leave, and its leaving."""

import time
from dataclasses import dataclass
from typing import Final, cast
from uuid import uuid4

from sandbox.slack.settings import DEFAULT_EVENTS
from tests.flows.findings import finding
from tests.flows.signed import SlackSender
from tests.flows.stored import Stored
from tests.flows.world import Json, Thread, World

SETTINGS: Final = "/control/slack/settings"
ENDINGS: Final = {"app_uninstalled", "tokens_revoked"}


@dataclass(frozen=True, slots=True)
class Leaver:
    """A workspace with two monitors, and a finding in the first one's thread."""

    world: World
    thread: Thread
    monitor_ids: tuple[str, ...]

    @classmethod
    def of(cls, outside: World) -> "Leaver":
        world = outside.workspace(f"Leavers {uuid4().hex[:8]}")
        world.install()
        return cls.watching(world)

    @classmethod
    def watching(cls, world: World) -> "Leaver":
        (thread, first), (_, second) = (world.watch(f"papers {n}") for n in range(2))
        world.run(first, events=[finding("before it left")])
        world.until(lambda: world.replies(thread))
        return cls(world, thread, (first, second))

    @property
    def statuses(self) -> set[str]:
        monitors = self.world.all_monitors()
        return {str(m["status"]) for m in monitors if m["monitor_id"] in self.monitor_ids}

    @property
    def bot_user_id(self) -> str:
        users = cast("list[Json]", self.world.state()["users"])
        return next(str(user["id"]) for user in users if user["is_bot"])

    def until_gone(self, stored: Stored) -> None:
        """Its monitors are cancelled, and nothing that is kept names it, or them."""
        self.world.until(lambda: self.statuses == {"cancelled"})
        words = (self.world.team_id, *self.monitor_ids)
        self.world.until_nothing(lambda: stored.naming(*words))

    def tell(self, kind: str, *, at: float | None = None, bot: str = "") -> None:
        """Slack's event, truly signed."""
        tokens = {"oauth": ["U0SOMEONE1"], "bot": [bot or self.bot_user_id]}
        event: Json = {"type": kind, "tokens": tokens}
        moment = int(time.time() if at is None else at)
        sender = SlackSender.of(self.world)
        assert sender.event(self.world, event, event_time=moment).status_code == 200


def uninstall(world: World, *, is_told: bool) -> None:
    """At Slack; with `is_told`, its events go out by themselves."""
    told = [each for each in DEFAULT_EVENTS if is_told or each not in ENDINGS]
    world.change(SETTINGS, events=told)
    world.post("/control/slack/uninstall", {"team_id": world.team_id})
    world.change(SETTINGS, events=list(DEFAULT_EVENTS))


def next_second(world: World) -> None:
    """Slack dates its events to the second: within that one, nobody can tell which came first."""
    told_by = int(time.time())
    world.until(lambda: int(time.time()) > told_by)
