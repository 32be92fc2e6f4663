"""What the gateway makes of refusals, and what it refuses to send itself."""

from email.utils import formatdate
from time import time

import pytest
from pydantic import JsonValue
from starlette.responses import HTMLResponse, Response

from monitors.model.account import ParallelAccount
from monitors.model.parallel_errors import (
    AnswerLostError,
    BadKeyError,
    ForbiddenError,
    NoCreditError,
    ParallelError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
    UnknownMonitorError,
)
from monitors.parallel.gateway import ParallelGateway
from tests.monitors.parallel.arrange import ACME, SPEC, home
from tests.monitors.parallel.oddity import Oddity

pytestmark = pytest.mark.anyio

PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, RefusedError),
        (401, BadKeyError),
        (402, NoCreditError),
        (403, ForbiddenError),
        (404, UnknownMonitorError),
        (408, UnavailableError),
        (409, RateLimitedError),
        (422, RefusedError),
        (429, RateLimitedError),
        (307, UnavailableError),
        (500, AnswerLostError),
        (503, AnswerLostError),
    ],
)
async def test_a_create_is_never_sent_twice_and_each_status_has_its_cause(
    odd_gateway: ParallelGateway, oddity: Oddity, status: int, cause: type[ParallelError]
) -> None:
    oddity.tells_json({"error": {"ref_id": "r", "message": "No,  not\n like that."}}, status=status)
    with pytest.raises(ParallelError) as raised:
        await odd_gateway.create(ACME, SPEC, home=home())
    assert type(raised.value) is cause
    assert raised.value.detail == "No, not like that."
    assert len(oddity.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        HTMLResponse(PAGE, 404),
        Response("default backend - 404", 404),
        Response(None, 404),
    ],
)
async def test_a_proxy_that_knows_no_such_page_says_nothing_about_the_monitor(
    odd_gateway: ParallelGateway, oddity: Oddity, answer: Response
) -> None:
    oddity.tells(answer)
    for call in (
        odd_gateway.retrieve(ACME, "monitor_1"),
        odd_gateway.cancel(ACME, "monitor_1"),
        odd_gateway.list_monitors(ACME),
        odd_gateway.create(ACME, SPEC, home=home()),
    ):
        with pytest.raises(UnavailableError):
            await call


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_a_failed_read_did_nothing_and_is_left_to_the_jobs_to_repeat(
    odd_gateway: ParallelGateway, oddity: Oddity, status: int
) -> None:
    oddity.tells(HTMLResponse(PAGE, status))
    for call in (
        odd_gateway.list_monitors(ACME),
        odd_gateway.cancel(ACME, "monitor_1"),
        odd_gateway.event_group(ACME, "monitor_1", "group_1"),
    ):
        oddity.asked.clear()
        with pytest.raises(UnavailableError) as unavailable:
            await call
        assert unavailable.value.detail == ""
        assert len(oddity.asked) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("0", None),
        ("-3", None),
        ("Thu, 01 Jan 1970 09:00:00 GMT", None),
        ("Fri, 01 Jan 2100 09:00:00 GMT", 86_400.0),
        ("inf", None),
        ("1e999", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
async def test_the_wait_that_is_asked_for_is_read_in_either_form(
    odd_gateway: ParallelGateway, oddity: Oddity, header: str | None, seconds: float | None
) -> None:
    headers = {} if header is None else {"retry-after": header}
    oddity.tells(Response(status_code=429, headers=headers))
    with pytest.raises(RateLimitedError) as busy:
        await odd_gateway.list_monitors(ACME)
    assert busy.value.retry_after_seconds == seconds


async def test_the_wait_until_a_moment_is_counted_from_now(
    odd_gateway: ParallelGateway, oddity: Oddity
) -> None:
    headers = {"retry-after": formatdate(time() + 600, usegmt=True)}
    oddity.tells(Response(status_code=429, headers=headers))
    with pytest.raises(RateLimitedError) as busy:
        await odd_gateway.list_monitors(ACME)
    assert 500 < (busy.value.retry_after_seconds or 0) <= 600


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        ({"error": {"message": "No credit.", "detail": None}}, "No credit."),
        ({"error": {"message": "Bad.", "detail": {"hint": "Use 1h."}}}, "Bad. Use 1h."),
        ({"error": "plain"}, "plain"),
        ({"message": "plain"}, "plain"),
        ({"detail": "Not found"}, "Not found"),
        (
            {"detail": [{"loc": ["body", "settings", "query"], "msg": "too long", "type": "x"}]},
            "settings.query: too long",
        ),
        (
            {"error": {"message": "Invalid", "detail": {"errors": [{"loc": [0], "msg": "m"}]}}},
            "Invalid 0: m",
        ),
        ({"error": {"message": "x" * 9000}}, "x" * 500),
        ({"error": {"message": f"The key {ACME.api_key} is odd"}}, "The key … is odd"),
        ({"error": {"message": 7, "detail": [None, 3]}}, ""),
        (["what"], ""),
        ("what", ""),
    ],
)
async def test_parallels_own_words_are_kept_short_plain_and_without_the_key(
    odd_gateway: ParallelGateway, oddity: Oddity, answer: JsonValue, detail: str
) -> None:
    oddity.tells_json(answer, status=422)
    with pytest.raises(RefusedError) as refused:
        await odd_gateway.create(ACME, SPEC, home=home())
    assert refused.value.detail == detail


@pytest.mark.parametrize("key", ["", "two words", "schlüssel", "line\nbreak"])
async def test_a_key_that_no_header_carries_is_a_bad_key(
    odd_gateway: ParallelGateway, oddity: Oddity, key: str
) -> None:
    with pytest.raises(BadKeyError):
        await odd_gateway.list_monitors(ParallelAccount("endpoint", key))
    assert oddity.asked == []


@pytest.mark.parametrize("monitor_id", ["", "..", "a/b", "a?b", "ü", "x" * 201, "a\n"])
async def test_an_id_that_cannot_be_one_is_unknown_without_asking(
    odd_gateway: ParallelGateway, oddity: Oddity, monitor_id: str
) -> None:
    for call in (
        odd_gateway.retrieve(ACME, monitor_id),
        odd_gateway.cancel(ACME, monitor_id),
        odd_gateway.trigger(ACME, monitor_id),
        odd_gateway.history(ACME, monitor_id, limit=3),
        odd_gateway.event_group(ACME, "monitor_1", monitor_id),
    ):
        with pytest.raises(UnknownMonitorError):
            await call
    assert oddity.asked == []


async def test_a_text_that_cannot_be_encoded_is_refused_not_a_crash(
    odd_gateway: ParallelGateway, oddity: Oddity
) -> None:
    spec = type(SPEC)("half a pair \ud800")
    with pytest.raises(RefusedError):
        await odd_gateway.create(ACME, spec, home=home())
    assert oddity.asked == []
