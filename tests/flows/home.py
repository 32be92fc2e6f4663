"""What a person sees and presses in the App Home, and an account linked to their workspace."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar, cast
from uuid import uuid4

import pytest
from sqlalchemy import select

from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from monitors.storage.database import open_database
from monitors.storage.sealing import Sealer
from monitors.storage.statements import utc_now
from monitors.storage.tables import AccountTable
from tests.flows.lists import queries_in
from tests.flows.world import Json, World, shown_in

T = TypeVar("T")

_DATE: Final = re.compile(r"<!date\^(\d+)\^[^|]*\|[^>]*>")


@dataclass(frozen=True, slots=True)
class Linked:
    """A Parallel account of its own, and the workspace that it is linked to."""

    name: str
    api_key: str
    secret: str
    account: ParallelAccount

    @property
    def last_four(self) -> str:
        return self.api_key[-4:]


def parallel_account(world: World) -> Json:
    """A new account at Parallel."""
    name = uuid4().hex[:8]
    seed: Json = {"name": name, "api_key": f"key-{name}", "webhook_secret": f"secret-of-{name}"}
    return world.post("/control/parallel/accounts", seed)


def link(
    world: World,
    settings: Settings,
    *,
    with_secret: bool = True,
    is_revoked: bool = False,
    at: datetime | None = None,
) -> Linked:
    """Link a new account to the workspace, as its admin; now, or long ago."""
    made = parallel_account(world)
    if is_revoked:
        world.change(f"/control/parallel/accounts/{made['name']}", revoked=True)
    key, secret = str(made["api_key"]), str(made["webhook_secret"])
    secrets = [secret] if with_secret else []

    async def keep(accounts: SqlAccounts) -> ParallelAccount:
        return await accounts.connect(Workspace(world.team_id), key, secrets, linked_by=world.user)

    return Linked(str(made["name"]), key, secret, in_store(settings, keep, at=at))


def in_store(
    settings: Settings, do: Callable[[SqlAccounts], Awaitable[T]], *, at: datetime | None = None
) -> T:
    """Something done with the app's own database, as if it were that moment."""

    async def run() -> T:
        keys = settings.encryption_keys
        sealer = (
            Sealer.from_text(keys.get_secret_value())
            if keys
            else Sealer.from_data_dir(settings.data_dir)
        )
        async with aclosing(open_database(settings.database_url, settings.data_dir)) as database:
            return await do(SqlAccounts(database, sealer, now=lambda: at or utc_now()))

    return asyncio.run(run())


def kept(settings: Settings, linked: Linked) -> list[str]:
    """How the account and its key are still stored."""

    async def look() -> list[str]:
        statement = select(AccountTable.c.left_at).where(
            AccountTable.c.endpoint_id == linked.account.endpoint_id
        )
        async with aclosing(open_database(settings.database_url, settings.data_dir)) as database:
            found = await database.rows(statement)
        return ["connected" if left_at is None else "disconnected" for (left_at,) in found]

    return asyncio.run(look())


@dataclass(frozen=True, slots=True)
class Home:
    """One person's App Home."""

    world: World
    user: str

    def open(self) -> str:
        """Open it, and wait until it is drawn again; all of its words."""
        before = self._hash()
        self.world.post("/control/slack/home", self._me())
        self.world.until(lambda: self._hash() != before)
        return self.words()

    def until(self, *words: str) -> str:
        """Open it until it says all of that."""

        def look() -> str | None:
            shown = self.open()
            return shown if all(word in shown for word in words) else None

        return self.world.until(look)

    def words(self) -> str:
        return shown_in(self._view())

    def buttons(self) -> list[str]:
        return [str(cast("Json", each["text"])["text"]) for each in _buttons(self._view())]

    def links(self) -> list[str]:
        return _links(self._view()["blocks"])

    def button_links(self) -> list[str]:
        """Where the buttons of the modal, or of the tab, lead."""
        buttons = _buttons(self.modal() or self._view())
        return [str(each["url"]) for each in buttons if "url" in each]

    def blocks(self) -> list[Json]:
        return cast("list[Json]", self._view()["blocks"])

    def press(self, label: str) -> None:
        """Press a button of the tab, or of the modal above it."""
        view = self.modal() or self._view()
        found = next(each for each in _buttons(view) if cast("Json", each["text"])["text"] == label)
        body = self._me() | {"view_id": view["id"], "action_id": found["action_id"]}
        answer = self.world.post("/control/slack/actions", body)
        assert answer["status"] == 200, answer

    def use(self, action_id: str, **chosen: object) -> None:
        """Use a field or menu of the tab."""
        body = self._me() | {"view_id": self._view()["id"], "action_id": action_id} | chosen
        answer = self.world.post("/control/slack/actions", body)
        assert answer["status"] == 200, answer

    def after(self, act: Callable[[], None]) -> list[str]:
        """Do something in the tab; the queries of the monitors once it is drawn again."""
        before = self._hash()
        act()
        self.world.until(lambda: self._hash() != before)
        return self.queries()

    def queries(self) -> list[str]:
        """Of the monitors that are shown, which come before everything else."""
        blocks = self.blocks()
        return queries_in(blocks[: [each["type"] for each in blocks].index("divider")])

    def modal(self) -> Json | None:
        """The person's modal, the topmost where one was opened over another."""
        modals = cast("list[Json]", self.world.state()["modals"])
        mine = [cast("Json", m["view"]) for m in modals if m["user"] == self.user]
        return mine[-1] if mine else None

    def until_modal(self, *words: str) -> str:
        """Wait until the modal says all of that."""

        def look() -> str | None:
            view = self.modal()
            shown = shown_in(view) if view else ""
            return shown if shown and all(word in shown for word in words) else None

        return self.world.until(look)

    def submit(self, values: Mapping[str, str] | None = None) -> Json:
        """Send the modal off, with what is typed into its fields by their names."""
        view = self.modal()
        assert view is not None
        typed = {name: {name: {"value": value}} for name, value in (values or {}).items()}
        answer = self.world.post(f"/control/slack/views/{view['id']}/submit", {"values": typed})
        assert answer["status"] == 200, answer
        assert "answer_error" not in answer, answer
        return answer

    def close(self) -> None:
        view = self.modal()
        assert view is not None
        whole_stack = bool(view.get("clear_on_close"))
        self.world.post(f"/control/slack/views/{view['id']}/close", {"clear_all": whole_stack})

    def unlink(self) -> None:
        """By its button, its modal, and what the modal says then."""
        self.press("Disconnect")
        self.until_modal("Disconnect the account?")
        self.submit()
        self.until_modal("The account is disconnected.")
        self.close()

    def view_id(self) -> str:
        return str(self._view()["id"])

    def _view(self) -> Json:
        return cast("dict[str, Json]", self.world.state()["homes"])[self.user]

    def _hash(self) -> str:
        homes = cast("dict[str, Json]", self.world.state()["homes"])
        return str(homes[self.user]["hash"]) if self.user in homes else ""

    def _me(self) -> Json:
        return {"team_id": self.world.team_id, "user": self.user}


def moments(words: str) -> list[int]:
    """The moments named in it, in Unix seconds."""
    return [int(each) for each in _DATE.findall(words)]


def _buttons(view: Json) -> list[Json]:
    elements = [
        element
        for block in cast("list[dict[str, list[Json]]]", view["blocks"])
        for element in block.get("elements", [])
    ]
    return [each for each in elements if each["type"] == "button"]


def _links(value: object) -> list[str]:
    if isinstance(value, list):
        return [url for each in cast("list[object]", value) for url in _links(each)]
    if not isinstance(value, dict):
        return []
    content = cast("Json", value)
    own = [str(content["url"])] if content.get("type") == "link" else []
    return own + [url for each in content.values() for url in _links(each)]


def member(world: World) -> str:
    """Somebody in the workspace who is no admin."""
    body: Json = {"team_id": world.team_id, "name": f"m{uuid4().hex[:6]}", "is_admin": False}
    return str(world.post("/control/slack/users", body)["id"])


# Fixtures, for those that import them


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """No operator's account: a workspace has its own or none."""
    return settings.model_copy(update={"parallel_api_key": None, "parallel_webhook_secret": None})


@pytest.fixture
def world(acme: World) -> Generator[World]:
    """A workspace of its own: what is linked to it is no other test's."""
    world = acme.workspace(f"w{uuid4().hex[:8]}")
    assert world.install()["status"] == 200
    yield world
    world.calm()


@pytest.fixture
def linked(world: World, settings: Settings) -> Linked:
    return link(world, settings)
