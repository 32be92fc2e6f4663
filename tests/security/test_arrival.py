"""What never arrives whole, and what is too large before it has: the connection is ended."""

import socket
from collections.abc import Generator
from contextlib import suppress

import pytest
from anyio.from_thread import start_blocking_portal
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.web.capped_http import MOST_WAITING, CappedProtocol
from bot.web.crowd import FREE_BYTES, Crowd
from bot.web.serving import listen, serving

GET = b"GET / HTTP/1.1\r\nhost: a\r\n"
POST = b"POST / HTTP/1.1\r\nhost: a\r\n"


class Hasty(CappedProtocol):
    arrival_seconds = 0.3


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


@pytest.fixture(scope="module")
def port() -> Generator[int]:
    app = Starlette(routes=[Route("/", echo, methods=["GET", "POST"])])
    with listen("127.0.0.1", 0) as listener, start_blocking_portal() as portal:
        crowd = Crowd(most_connections=8, most_bytes=100_000)
        served = serving(app, listener, headers=[("x-safe", "1")], protocol=Hasty, crowd=crowd)
        with portal.wrap_async_context_manager(served):
            yield int(listener.getsockname()[1])


def talk(port: int, *pieces: bytes) -> bytes:
    """All that is answered until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while more := connection.recv(65536):
            answer += more
        return answer


@pytest.mark.parametrize(
    "half",
    [
        GET,
        GET + b"x-half",
        b"GE",
        POST + b"content-length: 10\r\n\r\nhalf",
        POST + b"transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        POST + b"content-length: 1000000000\r\n\r\n" + b"x" * 1000,
    ],
)
def test_half_a_request_is_told_so_and_hung_up_on(port: int, half: bytes) -> None:
    assert talk(port, half).startswith((b"HTTP/1.1 408 Request Timeout\r\nx-safe: 1\r\n", b""))
    if half != b"GE":
        assert b" 408 " in talk(port, half)


def test_a_client_that_says_nothing_is_hung_up_on(port: int) -> None:
    assert talk(port) == b""


def test_half_a_request_behind_a_whole_one_is_hung_up_on(port: int) -> None:
    answer = talk(port, GET + b"\r\n" + GET)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1") <= 2


@pytest.mark.parametrize(
    "head",
    [
        GET + b"x: 1\r\n" * 101 + b"\r\n",
        GET + b"x: " + b"a" * 33_000 + b"\r\n\r\n",
        GET + b"x" * 33_000 + b": 1\r\n\r\n",
        b"GET /?" + b"a" * 33_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_an_outsized_head_is_refused(port: int, head: bytes) -> None:
    answer = talk(port, head)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"\r\nx-safe: 1\r\n" in answer


def test_a_head_of_a_usual_size_passes_again_and_again(port: int) -> None:
    whole = GET + b"x: 1\r\n" * 90 + b"\r\n"
    answer = talk(port, whole, whole, GET + b"connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize(
    "broken", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\nho\x00st: a\r\n\r\n"]
)
def test_what_is_no_http_is_refused_with_the_same_headers(port: int, broken: bytes) -> None:
    answer = talk(port, broken)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nx-safe: 1\r\n" in answer


def test_a_connection_over_the_cap_takes_the_place_of_the_longest_idle(port: int) -> None:
    idle = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(9)]
    for connection in idle[1:]:
        connection.sendall(GET + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    assert idle[0].recv(65536) == b""
    assert talk(port, GET + b"connection: close\r\n\r\n").startswith(b"HTTP/1.1 200")
    assert idle[1].recv(65536) == b""
    for connection in idle:
        connection.close()


def test_bodies_over_the_budget_are_refused_and_small_ones_still_pass(port: int) -> None:
    def post(size: int) -> bytes:
        head = POST + f"connection: close\r\ncontent-length: {size}\r\n\r\n".encode()
        return talk(port, head + b"x" * size)

    for _ in range(3):  # what was taken is given back each time
        answer = post(
            FREE_BYTES + 100_001
        )  # nothing is left unread, which would reset the connection
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: 5\r\n" in answer
        assert post(90_000).startswith(b"HTTP/1.1 200")


def test_few_requests_may_wait_on_one_connection(port: int) -> None:
    one, last = GET + b"\r\n", GET + b"connection: close\r\n\r\n"
    assert talk(port, one * MOST_WAITING + last).count(b"HTTP/1.1 200") == MOST_WAITING + 1
    with suppress(ConnectionResetError):
        assert talk(port, one * 10_000 + last).count(b"HTTP/1.1 200") <= MOST_WAITING + 1


def test_a_socket_upgrade_is_no_more_than_a_request(port: int) -> None:
    asked = b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    request = GET + asked + b"sec-websocket-key: AAAA\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request)
        # Kept open for the next request, as any other.
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
