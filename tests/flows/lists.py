"""Lists as people see them, and monitors made at once, without their cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from bot.wiring import Wiring
from monitors.model.monitor import MonitorHome, MonitorSpec
from monitors.model.workspace import ThreadRef, Workspace
from tests.flows.app import RunningApp
from tests.flows.world import Json, World, shown_in


def make(app: RunningApp, world: World, queries: Sequence[str], *, user: str = "") -> None:
    """As the app makes them, in the channel; their threads have no first message.

    None of them runs: then the app would see that the message is missing, and begin a new thread.
    """

    async def create(wiring: Wiring) -> None:
        workspace = Workspace(world.team_id)
        account = await wiring.accounts.for_workspace(workspace)
        app_id = await wiring.services.installations.app_id(workspace)
        assert account is not None
        assert app_id is not None
        for number, query in enumerate(queries):
            thread = ThreadRef(world.channel, f"1790000000.{number:06d}")
            home = MonitorHome(thread, world.team_id, app_id, user or world.user)
            await wiring.services.gateway.create(account, MonitorSpec(query), home=home)

    world.change("/control/parallel/settings", creation_run=False)
    app.do(create)
    world.change("/control/parallel/settings", creation_run=True)


FIRST_MONITOR: Final = "That's the first monitor in this workspace"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a person got for `/monitor list` in a channel."""

    world: World
    user: str
    id: str

    @classmethod
    def asked(cls, world: World, *, user: str = "") -> "Listing":
        person = user or world.user
        before = {each["id"] for each in _told(world, person)}
        world.command("/monitor", "list", user=person)
        # Beside it, the first monitor of a workspace is explained.
        new = world.until(
            lambda: [
                each
                for each in _told(world, person)
                if each["id"] not in before and FIRST_MONITOR not in str(each["text"])
            ]
        )
        return cls(world, person, str(new[0]["id"]))

    def message(self) -> Json:
        return next(each for each in _told(self.world, self.user) if each["id"] == self.id)

    def words(self) -> str:
        return shown_in(self.message())

    def queries(self) -> list[str]:
        return queries_in(self.message()["blocks"])

    def elements(self) -> list[Json]:
        """Its buttons, each with the block that it stands in."""
        return [
            {**element, "block_id": block["block_id"]}
            for block in cast("list[Json]", self.message()["blocks"])
            if block["type"] == "actions"
            for element in cast("list[Json]", block["elements"])
        ]

    def links(self) -> list[str]:
        return [str(each["url"]) for each in self.elements() if "url" in each]

    def has(self, action_id: str) -> bool:
        return any(each["action_id"] == action_id for each in self.elements())

    def press(self, action_id: str, *, of: Json | None = None) -> None:
        """And wait until something else stands in its place; `of` is one that was seen before."""
        before = self.message()
        element = of or next(e for e in self.elements() if e["action_id"] == action_id)
        self.send(element)
        self.world.until(lambda: self.message()["blocks"] != before["blocks"])

    def send(self, element: Json) -> Json:
        body: Json = {
            "team_id": self.world.team_id,
            "user": self.user,
            "channel": self.world.channel,
            "message_ts": self.message()["id"],
            "action_id": element["action_id"],
            "block_id": element["block_id"],
        }
        return self.world.post("/control/slack/actions", body)


def _told(world: World, user: str) -> list[Json]:
    found = cast("list[Json]", world.state()["ephemerals"])
    return [each for each in found if (each["channel"], each["user"]) == (world.channel, user)]


def queries_in(value: object) -> list[str]:
    """What stands in bold in rich text."""
    if isinstance(value, list):
        return [query for each in cast("list[object]", value) for query in queries_in(each)]
    if not isinstance(value, dict):
        return []
    content = cast("Json", value)
    if content.get("type") == "text" and content.get("style") == {"bold": True}:
        return [str(content["text"])]
    return queries_in(content.get("elements"))
