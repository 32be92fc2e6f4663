"""uvicorn's HTTP protocol with a limit on a request's headers, and a deadline.

The app only sees a request once its headers are complete, so a client that never finishes sending
them, or the body, can only be disconnected here.
"""

import asyncio
from http import HTTPStatus
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEADERS: Final = 100
MOST_HEAD_BYTES: Final = 32 * 1024
# From a request's first byte to its last: enough for a mebibyte at 100 KiB a second.
ARRIVAL_SECONDS: Final = 10.0


class _HeadTooLargeError(Exception):
    """Stops the parser, which turns any exception into its own."""


class CappedProtocol(HttpToolsProtocol):
    """431 for too large headers, 408 for an incomplete request; then closes the connection.

    A client that connects and sends nothing is disconnected after the same time.
    """

    arrival_seconds = ARRIVAL_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - uvicorn's own
        super().connection_made(transport)
        self._headers_left = MOST_HEADERS
        self._bytes_left = MOST_HEAD_BYTES
        self._arriving = True
        self._deadline: asyncio.TimerHandle | None = None
        self._await_arrival()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
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

    def on_message_complete(self) -> None:
        self._arrived()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """The answer when the parser failed, for any reason."""
        if self._is_answering():
            self.transport.close()
        elif self._headers_left < 0 or self._bytes_left < 0:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            super().send_400_response(msg)

    def _take(self, size: int) -> None:
        self._bytes_left -= size
        if self._headers_left < 0 or self._bytes_left < 0:
            raise _HeadTooLargeError

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
        head += [b"content-length: 0", b"connection: close", b"\r\n"]
        self.transport.write(b"\r\n".join(head))
        self.transport.close()
