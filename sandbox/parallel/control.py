"""`/control/parallel`: how tests and the page make things happen. Trusted, JSON both ways."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.clock import Clock
from sandbox.faults import Faults, fault_routes
from sandbox.parallel import signing
from sandbox.parallel.fields import JsonObject
from sandbox.parallel.linking import Linking
from sandbox.parallel.records import Account, Monitor
from sandbox.parallel.runner import Runner, RunOrder
from sandbox.parallel.settings import AccountSeed, KeyReading, ParallelSettings
from sandbox.parallel.state import account_state, state
from sandbox.parallel.tasks import ApiTasks, TaskChange
from sandbox.parallel.webhook_sender import WebhookSender
from sandbox.parallel.world import World
from sandbox.request_log import RequestLog
from sandbox.scheduler import Scheduler

PREFIX = "/control/parallel"
_ModelT = TypeVar("_ModelT", bound=BaseModel)
_Handler = Callable[[Request], Awaitable[JSONResponse]]


class ControlError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class AccountChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    credit: bool | None = None
    revoked: bool | None = None
    webhook_secrets: Annotated[list[str], Field(min_length=1)] | None = None
    key_reading: KeyReading | None = None
    more_keys: list[str] | None = None


class RunChange(BaseModel):
    """What a run lists from now on."""

    model_config = ConfigDict(extra="forbid")

    events: Annotated[list[JsonObject], Field(max_length=100)]


class IdleChange(BaseModel):
    """How long ago a monitor was made, or last ran: nothing has come since."""

    model_config = ConfigDict(extra="forbid")

    idle_seconds: Annotated[float, Field(ge=0, le=366 * 86400)]


class ClockChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    speed: Annotated[float, Field(ge=0, le=1e6)] | None = None
    advance_seconds: Annotated[float, Field(ge=0, le=366 * 86400)] | None = None


class Control:
    def __init__(  # noqa: PLR0913 - it reaches every part, that is what it is for
        self,
        *,
        world: World,
        runner: Runner,
        scheduler: Scheduler,
        sender: WebhookSender,
        linking: Linking,
        tasks: ApiTasks,
        log: RequestLog,
        faults: Faults,
    ) -> None:
        self._world = world
        self._runner = runner
        self._scheduler = scheduler
        self._sender = sender
        self._linking = linking
        self._tasks = tasks
        self._log = log
        self._faults = faults

    def routes(self) -> list[BaseRoute]:
        table: list[tuple[str, str, _Handler]] = [
            ("GET", "/state", self.show),
            ("GET", "/requests", self.requests),
            ("POST", "/accounts", self.open_account),
            ("PATCH", "/accounts/{name}", self.change_account),
            ("POST", "/monitors/{monitor_id}/run", self.run),
            ("PATCH", "/monitors/{monitor_id}/runs/{group_id}", self.change_run),
            ("PATCH", "/monitors/{monitor_id}", self.change_monitor),
            ("PATCH", "/tasks/{run_id}", self.change_task),
            ("GET", "/clock", self.show_clock),
            ("PUT", "/clock", self.set_clock),
            ("GET", "/settings", self.show_settings),
            ("PATCH", "/settings", self.change_settings),
            ("POST", "/reset", self.reset),
        ]
        routes: list[BaseRoute] = [
            Route(PREFIX + path, _answering(handler), methods=[method])
            for method, path, handler in table
        ]
        return routes + fault_routes(PREFIX, self._faults)

    async def show(self, request: Request) -> JSONResponse:
        about = request.query_params.get("about", "")
        return JSONResponse(state(self._world, self._sender, about=about))

    async def requests(self, request: Request) -> JSONResponse:
        since = request.query_params.get("since", "0")
        if not since.isascii() or not since.isdigit():
            raise ControlError(422, "since is a number")
        return JSONResponse(self._log.since(int(since[:18])))

    async def open_account(self, request: Request) -> JSONResponse:
        account = self._world.open_account(await _body(request, AccountSeed))
        return JSONResponse(account_state(account), status_code=201)

    async def change_account(self, request: Request) -> JSONResponse:
        change, account = await _body(request, AccountChange), self._account(request)
        secrets = change.webhook_secrets or account.webhook_secrets
        reading = change.key_reading or account.key_reading
        try:
            for secret in secrets:
                signing.key_bytes(secret, reading)
        except ValueError as error:
            raise ControlError(422, str(error)) from error
        account.webhook_secrets, account.key_reading = secrets, reading
        account.more_keys = change.more_keys or account.more_keys
        account.credit = account.credit if change.credit is None else change.credit
        account.revoked = account.revoked if change.revoked is None else change.revoked
        return JSONResponse(account_state(account))

    async def run(self, request: Request) -> JSONResponse:
        order, monitor = await _body(request, RunOrder), self._monitor(request)
        if not monitor.active:
            raise ControlError(409, "this monitor is cancelled")
        report = self._runner.run(monitor, order)
        events = report.execution.events
        answer: JsonObject = {
            "event_group_id": report.execution.group_id,
            "event_ids": [event["event_id"] for event in events],
            "webhook_ids": [*report.webhook_ids],
        }
        return JSONResponse(answer)

    async def change_run(self, request: Request) -> JSONResponse:
        change, monitor = await _body(request, RunChange), self._monitor(request)
        if not self._runner.rewrite(monitor, request.path_params["group_id"], change.events):
            raise ControlError(404, "there is no such run")
        return JSONResponse({"events": len(change.events)})

    async def change_monitor(self, request: Request) -> JSONResponse:
        """A scheduler that leaves it out: it stays active, and doesn't run."""
        change, monitor = await _body(request, IdleChange), self._monitor(request)
        at = self._world.clock.now() - timedelta(seconds=change.idle_seconds)
        monitor.created_at = min(monitor.created_at, at)
        monitor.last_run_at = at if monitor.last_run_at else None
        return JSONResponse({"idle_since": at.isoformat()})

    async def change_task(self, request: Request) -> JSONResponse:
        change = await _body(request, TaskChange)
        run = self._world.tasks.get(request.path_params["run_id"])
        if run is None:
            raise ControlError(404, "there is no such run")
        self._tasks.change(run, change)
        return JSONResponse({"status": run.status})

    async def show_clock(self, _: Request) -> JSONResponse:
        return JSONResponse(_clock_state(self._world.clock))

    async def set_clock(self, request: Request) -> JSONResponse:
        change, clock = await _body(request, ClockChange), self._world.clock
        if change.speed is not None:
            clock.speed = change.speed
        if change.advance_seconds is not None:
            clock.advance(change.advance_seconds)
        return JSONResponse(_clock_state(clock))

    async def show_settings(self, _: Request) -> JSONResponse:
        return JSONResponse(self._world.settings.model_dump(exclude={"accounts"}))

    async def change_settings(self, request: Request) -> JSONResponse:
        """Any of `ParallelSettings` but the accounts; what is not named stays."""
        changed = await _body(request, ParallelSettings)
        changes = {name: getattr(changed, name) for name in changed.model_fields_set}
        if "accounts" in changes:
            raise ControlError(422, "accounts have their own endpoint")
        self._world.settings = self._world.settings.model_copy(update=changes)
        return await self.show_settings(request)

    async def reset(self, request: Request) -> JSONResponse:
        """As at the start, but for the clock, which only goes forward."""
        self._world.reset()
        await self._scheduler.clear()
        self._sender.attempts.clear()
        self._linking.clear()
        self._faults.clear()
        self._log.clear()
        return await self.show(request)

    def _account(self, request: Request) -> Account:
        account = self._world.account_named(str(request.path_params["name"]))
        if account is None:
            raise ControlError(404, "there is no such account")
        return account

    def _monitor(self, request: Request) -> Monitor:
        wanted = request.path_params["monitor_id"]
        for monitor in self._world.all_monitors():
            if monitor.monitor_id == wanted:
                return monitor
        raise ControlError(404, "there is no such monitor")


def _answering(handler: _Handler) -> _Handler:
    async def answer(request: Request) -> JSONResponse:
        try:
            return await handler(request)
        except ControlError as error:
            return JSONResponse({"error": str(error)}, status_code=error.status)

    return answer


async def _body(request: Request, model: type[_ModelT]) -> _ModelT:
    content = await request.body() or b"{}"
    try:
        # What is ordered is answered later: nothing may pass that JSON cannot say.
        from_json(content, allow_inf_nan=False)
        return model.model_validate_json(content)
    except ValueError as error:
        raise ControlError(422, str(error)) from error


def _clock_state(clock: Clock) -> JsonObject:
    return {"now": clock.now().isoformat(), "speed": clock.speed}
