"""uvicorn's HTTP protocol with limits on headers, bodies and pipelined requests, and a deadline.

The app only sees a request once its headers are complete, so a client that never finishes sending
them, or the body, can only be disconnected here.
"""

import asyncio
from http import HTTPStatus
from typing import Final, NoReturn

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.web.crowd import FREE_BYTES, Crowd

MOST_HEADERS: Final = 100
MOST_HEAD_BYTES: Final = 32 * 1024
# From a request's first byte to its last: enough for a mebibyte at 100 KiB a second.
ARRIVAL_SECONDS: Final = 10.0
# Pipelined requests that wait for the answers before theirs.
MOST_WAITING: Final = 32


class _RefusedError(Exception):
    """Stops the parser, which turns any exception into its own."""


class CappedProtocol(HttpToolsProtocol):
    """431 for too large headers, 408 for an incomplete request, 503 for bodies over the budget.

    Then it closes the connection, also of a client that connects and sends nothing.
    """

    arrival_seconds = ARRIVAL_SECONDS
    server_state: Crowd  # pyright: ignore[reportIncompatibleVariableOverride] - bot.web.serving sets it

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - uvicorn's own
        super().connection_made(transport)
        self._headers_left = MOST_HEADERS
        self._bytes_left = MOST_HEAD_BYTES
        self._arriving = True
        self._deadline: asyncio.TimerHandle | None = None
        self._refusal: HTTPStatus | None = None
        self._body_bytes = 0
        self._taken_bytes = 0
        self._await_arrival()
        self.server_state.enter(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self._give_back()
        self.server_state.leave(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # Most requests arrive in one piece and never start the timer.
        if self._arriving and self._deadline is None and not self.transport.is_closing():
            self._await_arrival()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._headers_left = MOST_HEADERS
        self._bytes_left = MOST_HEAD_BYTES
        self._arriving = True

    def on_url(self, url: bytes) -> None:
        self._take(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers_left -= 1
        self._take(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MOST_WAITING:
            self._stop(HTTPStatus.TOO_MANY_REQUESTS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        # What comes after the answer is dropped.
        if not self.cycle.response_complete:
            self._body_bytes += len(body)
            more = self._body_bytes - FREE_BYTES - self._taken_bytes
            if more > 0:
                if not self.server_state.take(more):
                    self._stop(HTTPStatus.SERVICE_UNAVAILABLE)
                self._taken_bytes += more
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._arrived()
        if not self.cycle.response_complete:
            self.server_state.leave(self.transport)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:
            # uvicorn would read more, and so queue more, after each answer.
            self.flow.pause_reading()
        elif self.cycle.response_complete:
            self._give_back()
            self.server_state.wait(self.transport)

    def send_400_response(self, msg: str) -> None:
        """The answer when the parser failed, for any reason."""
        if self._is_answering():
            self.transport.close()
        elif self._refusal is not None:
            self._refuse(self._refusal)
        else:
            super().send_400_response(msg)

    def _take(self, size: int) -> None:
        self._bytes_left -= size
        if self._headers_left < 0 or self._bytes_left < 0:
            self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _stop(self, status: HTTPStatus) -> NoReturn:
        self._refusal = status
        raise _RefusedError

    def _give_back(self) -> None:
        self.server_state.give_back(self._taken_bytes)
        self._body_bytes = self._taken_bytes = 0

    def _await_arrival(self) -> None:
        self._deadline = self.loop.call_later(self.arrival_seconds, self._too_slow)

    def _arrived(self) -> None:
        self._arriving = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        if self.flow.read_paused:
            # The app is slow to read what has arrived, not the client to send it.
            self._await_arrival()
        elif self.parser is None or self.headers is None or self._is_answering():  # pyright: ignore[reportUnnecessaryComparison] - uvicorn sets None where it says it does not
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _is_answering(self) -> bool:
        """True while another answer is being sent, which ours must not interrupt."""
        cycle = self.cycle
        if cycle is None:  # pyright: ignore[reportUnnecessaryComparison] - before the first request
            return False
        return bool(self.pipeline) or (cycle.response_started and not cycle.response_complete)

    def _refuse(self, status: HTTPStatus) -> None:
        head = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
        head += [name + b": " + value for name, value in self.server_state.default_headers]
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            head.append(b"retry-after: 5")
        head += [b"content-length: 0", b"connection: close", b"\r\n"]
        self.transport.write(b"\r\n".join(head))
        self.transport.close()
