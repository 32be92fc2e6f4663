"""What was asked and answered, for tests and for the page."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl

from pydantic import JsonValue
from pydantic_core import from_json

from sandbox.parallel.calls import Answer
from sandbox.parallel.fields import JsonObject
from sandbox.parallel.render import iso

REQUESTS_KEPT = 5000


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in."""

    at: datetime
    method: str
    path: str
    query: str
    api_key: str
    content_type: str
    content: bytes

    def body(self) -> JsonValue:
        """The parsed form or JSON; None where it is neither."""
        try:
            if self.content_type.startswith("application/x-www-form-urlencoded"):
                return dict(parse_qsl(self.content.decode()))
            parsed: JsonValue = from_json(self.content, allow_inf_nan=False)
        except ValueError:
            return None
        return parsed


@dataclass(slots=True)
class RequestLog:
    _entries: deque[JsonObject] = field(
        default_factory=lambda: deque[JsonObject](maxlen=REQUESTS_KEPT)
    )
    _next: int = 1

    def record(self, asked: Asked, answer: Answer | None, fault: str | None) -> None:
        """`answer` is None where the connection was closed before any work was done."""
        self._entries.append(
            {
                "n": self._next,
                "at": iso(asked.at),
                "method": asked.method,
                "path": asked.path,
                "query": asked.query,
                "token_or_key": asked.api_key[-4:],
                "body": asked.body(),
                "status": answer.status if answer else None,
                "answer": answer.body if answer else None,
                "fault": fault,
            }
        )
        self._next += 1

    def since(self, number: int) -> JsonObject:
        """From `number` on, and where to go on reading."""
        found = [each for each in self._entries if _number(each) >= number]
        return {"requests": [*found], "next": self._next}

    def clear(self) -> None:
        self._entries.clear()


def _number(entry: JsonObject) -> int:
    number = entry["n"]
    return number if isinstance(number, int) else 0
