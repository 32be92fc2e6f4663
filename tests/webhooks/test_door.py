"""Parallel's door by real HTTP: what comes in becomes a job, or nothing at all."""

import json
import socket
from collections.abc import Callable, Generator, Iterator
from typing import Final

import httpx
import pytest
import structlog

from tests.sandbox.parallel.driver import wait_until
from tests.webhooks.door import (
    ACME,
    NOW,
    OLD_SECRET,
    SECRET,
    UNSIGNED,
    Door,
    Job,
    Json,
    base64_key,
    detected,
    open_door,
    payload,
    raw_key,
    signed,
)

LIMIT: Final = 1024 * 1024
DELIVER: Final = Job(
    "deliver",
    {
        "endpoint_id": "ep_acme",
        "monitor_id": "monitor_1",
        "group_id": "mevtgrp_1",
        "digest_at": None,
        "is_last": False,
    },
    "deliver:ep_acme:monitor_1:mevtgrp_1",
    0,
)


@pytest.fixture
def fresh_door() -> Generator[Door]:
    """Which has logged nothing yet."""
    with open_door() as opened:
        yield opened


def test_a_signed_finding_becomes_a_delivery(door: Door) -> None:
    answer = door.post(detected(metadata={"slack_thread_id": "1.2"}))
    assert (answer.status_code, answer.content) == (202, b"")
    assert door.queue.jobs == [DELIVER]


@pytest.mark.parametrize("key", [raw_key(SECRET), base64_key(SECRET), raw_key(OLD_SECRET)])
def test_each_secret_counts_in_each_reading(door: Door, key: bytes) -> None:
    body = detected()
    assert door.post(body, signed(body, key=key)).status_code == 202
    assert door.queue.jobs == [DELIVER]


@pytest.mark.parametrize(
    "data",
    [
        {"event": {"monitor_group_id": "mevtgrp_1"}, "metadata": None},
        {"event": {"event_group_id": "mevtgrp_1", "type": "event", "later": [1]}},
        {"event_group_id": "mevtgrp_1", "metadata": {"odd": 1}},
        {"event": {"event_group_id": "mevtgrp_1"}, "metadata": "odd"},
    ],
)
def test_a_finding_is_read_in_each_of_its_shapes(door: Door, data: Json) -> None:
    body = payload("monitor.event.detected", monitor_id="monitor_1", **data)
    assert door.post(body).status_code == 202
    assert door.queue.jobs == [DELIVER]


@pytest.mark.parametrize(
    ("type_name", "event", "kind", "delay_seconds"),
    [
        (
            "monitor.execution.completed",
            {"type": "completion", "monitor_ts": "completed_2025-01-15T10:30:00Z"},
            "refresh",
            5,
        ),
        ("monitor.execution.completed", None, "refresh", 5),
        (
            "monitor.execution.failed",
            {"type": "error", "error": "…", "id": "error_1", "date": "2025-01-15T10:30:00Z"},
            "notify",
            0,
        ),
        ("monitor.execution.failed", {"event_type": "error", "timestamp": "x"}, "notify", 0),
        # A text that was cut in the middle of an emoji.
        ("monitor.execution.failed", {"type": "error", "error": "\ud83d"}, "notify", 0),
    ],
)
def test_a_run_without_findings_becomes_a_look_at_the_monitor(
    door: Door, type_name: str, event: Json, kind: str, delay_seconds: float
) -> None:
    assert door.post(payload(type_name, monitor_id="monitor_1", event=event)).status_code == 202
    argument = {"endpoint_id": "ep_acme", "monitor_id": "monitor_1"}
    key = f"{kind}:ep_acme:monitor_1"
    if kind == "notify":
        argument["about"], key = "run", "notify:ep_acme:monitor_1:failed"
    assert door.queue.jobs == [Job(kind, argument, key, delay_seconds)]


@pytest.mark.parametrize("data", [{}, {"monitor_id": "../x"}, {"later": [1, {"a": None}]}])
def test_an_unknown_type_is_taken_and_left(door: Door, data: Json) -> None:
    assert door.post(payload("monitor.seen.in_a_dream", **data)).status_code == 202
    assert door.queue.jobs == []


@pytest.mark.parametrize("endpoint_id", [ACME.endpoint_id, UNSIGNED.endpoint_id])
def test_a_simulated_finding_is_taken_and_is_nobodys_news(door: Door, endpoint_id: str) -> None:
    before = door.counted("test")
    answer = door.post(detected(group_id="test_0123"), endpoint_id=endpoint_id)
    assert (answer.status_code, answer.content) == (202, b"")
    assert door.queue.jobs == []
    assert door.counted("test") == before + 1


def test_whoever_checks_the_secret_hears_which_one_a_signature_was_made_with(door: Door) -> None:
    body, test = detected(), detected(group_id="test_1")
    door.post(body, signed(body, key=raw_key(OLD_SECRET)))
    door.post(body, signed(body, key=base64_key(SECRET)))
    door.post(test, signed(test, key=raw_key(OLD_SECRET)))
    door.post(body, forged(body))
    door.post(body, unsigned(body))
    door.post(body, stale(body))
    door.post(body, {}, endpoint_id=UNSIGNED.endpoint_id)
    assert door.notices.heard == [
        ("ep_acme", True, False),
        ("ep_acme", False, False),
        ("ep_acme", True, True),
        ("ep_acme", "wrong"),
        ("ep_acme", "wrong"),
        ("ep_acme", "stale"),
    ]


def test_an_account_without_a_secret_takes_hints_and_counts_them(door: Door) -> None:
    before = door.counted("hint")
    answer = door.post(detected(), {}, endpoint_id=UNSIGNED.endpoint_id)
    assert answer.status_code == 202
    assert [job.argument["endpoint_id"] for job in door.queue.jobs] == [UNSIGNED.endpoint_id]
    assert door.counted("hint") == before + 1


def forged(body: bytes) -> dict[str, str]:
    return signed(body, key=b"a guess")


def of_another_body(_: bytes) -> dict[str, str]:
    return signed(b"something else")


def stale(body: bytes) -> dict[str, str]:
    return signed(body, timestamp=NOW - 301)


def from_the_future(body: bytes) -> dict[str, str]:
    return signed(body, timestamp=NOW + 301)


def unsigned(_: bytes) -> dict[str, str]:
    return {}


def without_id(body: bytes) -> dict[str, str]:
    return {name: value for name, value in signed(body).items() if name != "webhook-id"}


def of_no_version(body: bytes) -> dict[str, str]:
    return {**signed(body), "webhook-signature": "whatever"}


def timed_in_words(body: bytes) -> dict[str, str]:
    return signed(body, timestamp="noon")


@pytest.mark.parametrize(
    "headers",
    [
        *(forged, of_another_body, stale, from_the_future),
        *(unsigned, without_id, of_no_version, timed_in_words),
    ],
)
@pytest.mark.parametrize("body", [detected(), b"", b"no json", b"\xff"])
def test_what_is_not_signed_as_it_should_be_gets_401_whatever_it_holds(
    door: Door, headers: Callable[[bytes], dict[str, str]], body: bytes
) -> None:
    answer = door.post(body, headers(body))
    assert (answer.status_code, answer.content) == (401, b"")
    assert door.queue.jobs == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"\xff\xfe",
        b'"text"',
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        json.dumps({"type": 5, "data": {}}).encode(),
        json.dumps({"type": "monitor.event.detected"}).encode(),
        json.dumps({"type": "monitor.event.detected", "data": []}).encode(),
        payload("monitor.event.detected", monitor_id="monitor_1"),
        payload("monitor.event.detected", monitor_id="monitor_1", event={}),
        payload("monitor.event.detected", event={"event_group_id": "g"}),
        payload("monitor.execution.completed", monitor_id=7),
        payload("monitor.execution.failed", monitor_id=None),
        detected(monitor_id=""),
        detected(monitor_id="a:b"),
        detected(monitor_id="a b"),
        detected(monitor_id="monitor_1\n"),
        detected(monitor_id="ü"),
        detected(monitor_id="../etc"),
        detected(group_id="x" * 201),
        detected(group_id="{tag}"),
    ],
)
def test_a_signed_body_that_cannot_be_read_gets_400(door: Door, body: bytes) -> None:
    answer = door.post(body)
    assert (answer.status_code, answer.content) == (400, b"")
    assert door.queue.jobs == []


@pytest.mark.parametrize(
    "endpoint_id", ["ep_other", "x" * 201, "a%20b", "%00", "ü", "..%2F..", "*"]
)
def test_an_unknown_address_gets_404_and_only_a_plausible_one_is_looked_up(
    door: Door, endpoint_id: str
) -> None:
    assert door.post(detected(), endpoint_id=endpoint_id).status_code == 404
    assert door.queue.jobs == []
    assert set(door.accounts.asked) <= {"ep_other"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_any_method_but_post_gets_405(door: Door, method: str) -> None:
    answer = door.http.request(method, f"/webhooks/parallel/{ACME.endpoint_id}")
    assert answer.status_code == 405
    assert door.queue.jobs == []


def padded(size: int) -> bytes:
    body = detected()
    return body + b" " * (size - len(body))


def test_a_body_of_just_the_limit_is_read(door: Door) -> None:
    assert door.post(padded(LIMIT)).status_code == 202
    assert door.queue.jobs == [DELIVER]


def test_a_body_over_the_limit_gets_413(door: Door) -> None:
    assert door.post(padded(LIMIT + 1)).status_code == 413
    assert door.queue.jobs == []


def test_a_chunked_body_over_the_limit_gets_413(door: Door) -> None:
    body = padded(2 * LIMIT)

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    answer = door.http.post(
        f"/webhooks/parallel/{ACME.endpoint_id}", content=chunks(), headers=signed(body)
    )
    assert answer.status_code == 413
    assert door.queue.jobs == []


def test_a_chunked_body_within_the_limit_is_read_whole(door: Door) -> None:
    body = detected()
    answer = door.http.post(
        f"/webhooks/parallel/{ACME.endpoint_id}",
        content=(body[at : at + 1] for at in range(len(body))),
        headers=signed(body),
    )
    assert answer.status_code == 202
    assert door.queue.jobs == [DELIVER]


@pytest.mark.parametrize("length", [LIMIT + 1, 10**30])
def test_an_announced_length_over_the_limit_is_refused_before_a_byte_comes(
    door: Door, length: int
) -> None:
    url = httpx.URL(door.url)
    with socket.create_connection((url.host, url.port or 80), timeout=60) as connection:
        connection.sendall(
            f"POST /webhooks/parallel/{ACME.endpoint_id} HTTP/1.1\r\nHost: x\r\n"
            f"Content-Length: {length}\r\n\r\n".encode()
        )
        status = connection.recv(1024).split(b" ")[1]
    assert status in {b"413", b"400"}  # the server itself refuses a length beyond all numbers
    assert door.queue.jobs == []


def test_a_caller_who_hangs_up_leaves_nothing_behind(door: Door) -> None:
    url, before = httpx.URL(door.url), door.counted("hung_up")
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(b"half").items())
    with socket.create_connection((url.host, url.port or 80), timeout=60) as connection:
        connection.sendall(
            f"POST /webhooks/parallel/{ACME.endpoint_id} HTTP/1.1\r\nHost: x\r\n{head}"
            "Content-Length: 100\r\n\r\nhalf".encode()
        )
    wait_until(lambda: door.counted("hung_up") == before + 1)
    assert door.post(detected()).status_code == 202
    assert door.queue.jobs == [DELIVER]


@pytest.mark.parametrize(
    ("endpoint_id", "headers", "status"),
    [
        (ACME.endpoint_id, {}, b"401"),
        (ACME.endpoint_id, signed(b"body", timestamp=NOW - 301), b"401"),
        ("ep_of_nobody", signed(b"body"), b"404"),
    ],
)
def test_what_its_headers_refuse_is_refused_before_its_body_comes(
    door: Door, endpoint_id: str, headers: dict[str, str], status: bytes
) -> None:
    url = httpx.URL(door.url)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((url.host, url.port or 80), timeout=5) as connection:
        connection.sendall(
            f"POST /webhooks/parallel/{endpoint_id} HTTP/1.1\r\nHost: x\r\n{head}"
            "Content-Length: 100\r\n\r\n".encode()
        )
        assert connection.recv(1024).split(b" ")[1] == status


@pytest.mark.parametrize("down", ["queue", "accounts"])
def test_a_door_that_cannot_write_or_look_up_asks_parallel_to_come_again(
    door: Door, down: str
) -> None:
    door.queue.is_down = down == "queue"
    door.accounts.is_down = down == "accounts"
    answer = door.post(detected())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert door.queue.jobs == []


def test_a_webhook_sent_twice_is_one_job(door: Door) -> None:
    body = detected()
    assert [door.post(body).status_code for _ in range(2)] == [202, 202]
    assert door.queue.jobs == [DELIVER]


def test_a_streak_of_refused_signatures_is_told_once_with_its_likely_cause() -> None:
    with structlog.testing.capture_logs() as logs, open_door() as door:
        for _ in range(20):
            door.post(b"a-body", forged(b"a-body"))
        door.post(detected())
        for _ in range(20):
            door.post(b"a-body", signed(b"a-body", timestamp=NOW - 660))
        # Truly signed ones in between are no reason to tell it again and again.
        for number in range(20):
            door.post(
                b"nonsense" if number % 7 else detected(), forged(b"x") if number % 7 else None
            )
    told = [each for each in logs if each["event"] == "webhook signatures refused"]
    assert [each["log_level"] for each in told] == ["error", "error"]
    assert "isn't the one on Parallel's page" in told[0]["likely_cause"]
    assert "clock is 11 minutes ahead" in told[1]["likely_cause"]
    lines = [each for each in logs if each["event"] == "webhook_refused"]
    assert len(lines) == 1


def test_each_verdict_is_counted_and_nothing_secret_is_printed(
    fresh_door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    door = fresh_door
    verdicts = {"accepted": detected(), "malformed": b"a-body", "ignored": payload("other")}
    for verdict, body in verdicts.items():
        before = door.counted(verdict)
        door.post(body)
        assert door.counted(verdict) == before + 1
    before = door.counted("forged")
    door.post(b"a-body", forged(b"a-body"))
    assert door.counted("forged") == before + 1
    printed = capsys.readouterr().out
    assert "webhook_refused" in printed
    for secret in ("a-body", SECRET, OLD_SECRET, ACME.endpoint_id):
        assert secret not in printed
