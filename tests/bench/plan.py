"""What passes between the three kinds of process, as JSON lines."""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

HOST: Final = "127.0.0.1"


class Side(StrEnum):
    """Which server is under load."""

    APP = "app"
    FLOOR = "floor"
    NODE = "node"


class Kind(StrEnum):
    """What is sent."""

    COMMAND = "command"
    WEBHOOK = "webhook"
    FINDING = "finding"
    CHATTER = "chatter"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class ServerOrder(_Line):
    """How to start a server.

    `redis_url` None is the embedded one (the app's side only). `stand_in` is where Slack's and
    Parallel's API are answered.
    """

    side: Side
    data_dir: str
    redis_url: str | None
    database_url: str | None
    stand_in: str
    web: bool = True
    worker: bool = False


class ServerReady(_Line):
    """Where a server answers, and where it writes."""

    port: int
    redis_url: str
    webhook_path: str
    finding_path: str
    command_path: str
    chatter_path: str

    @property
    def endpoint_id(self) -> str:
        """The app's: the floor has none."""
        return self.webhook_path.rpartition("/")[2]


class ServerUsage(_Line):
    """Since the start, what the asking itself took left out; a floor counts no statements.

    `cpu_seconds` are those of all threads; `jobs` and `intents` are those that stand in Redis and
    SQL now; `redis_commands` are the server's, of all clients; `peak_mib` is counted from the
    last `settle`.
    """

    cpu_seconds: float
    jobs: int
    intents: int
    sql_statements: int
    redis_commands: int
    rss_mib: float
    peak_mib: float


class Load(_Line):
    """One burst.

    With `per_second` each request has its appointed moment, whether or not earlier ones were
    answered; without, every connection asks again as soon as it is answered.
    """

    kind: Kind
    port: int
    path: str
    run: str
    seconds: float
    connections: int
    per_second: int | None = None
    most: int = 100_000
    # Kind.FINDING only: one request for each of these monitors, about this generation's group.
    numbers: list[int] = []
    generation: int = 0


class LoadResult(_Line):
    """What the sender saw.

    `waits_ms` are counted from the appointed moment (paced) or the sending (unpaced); `late_ms`
    is how late the sender itself was, `busy` its share of one core; `began` is the first appointed
    moment, by the clock that all processes share (`time.perf_counter`).
    """

    answered: int
    refused: int
    seconds: float
    waits_ms: list[float]
    late_ms: float
    busy: float
    began: float


class StandInLog(_Line):
    """What the stand-in was asked since the log was last taken."""

    calls: dict[str, int]
    posts: list[tuple[int, float]]
    """Each message: its monitor's number, and when it arrived."""

    @property
    def total(self) -> int:
        return sum(self.calls.values())
