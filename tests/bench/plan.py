"""What passes between the three kinds of process, as JSON lines."""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

HOST: Final = "127.0.0.1"


class Side(StrEnum):
    """Which server is under load."""

    APP = "app"
    FLOOR = "floor"


class Kind(StrEnum):
    """What is sent."""

    COMMAND = "command"
    WEBHOOK = "webhook"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class ServerOrder(_Line):
    """How to start a server; `redis_url` None is the embedded one (the app's side only)."""

    side: Side
    data_dir: str
    redis_url: str | None
    database_url: str | None


class ServerReady(_Line):
    """Where a server answers, and where it writes."""

    port: int
    redis_url: str
    webhook_path: str
    command_path: str


class ServerUsage(_Line):
    """Processor time since the start, all threads; jobs in Redis; intents in SQL."""

    cpu_seconds: float
    jobs: int
    intents: int


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


class LoadResult(_Line):
    """What the sender saw.

    `waits_ms` are counted from the appointed moment (paced) or the sending (unpaced); `late_ms`
    is how late the sender itself was, `busy` its share of one core.
    """

    answered: int
    refused: int
    seconds: float
    waits_ms: list[float]
    late_ms: float
    busy: float
