"""Linking an account: consent page, code, token."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.parallel import ParallelSettings
from tests.sandbox.parallel.driver import KEY, OTHER_KEY, SEEDS, Json, Parallel, running

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
REDIRECT = "http://127.0.0.1:3000/parallel/callback"


def authorize(parallel: Parallel, **changes: str | None) -> httpx.Response:
    query = {
        "client_id": "127.0.0.1",
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "key:read",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "a state & more",
        "auto": "1",
        **changes,
    }
    given = {name: value for name, value in query.items() if value is not None}
    return parallel.anyone.get("/getKeys/authorize", params=given)


def answer_of(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 302, response.text
    location = urlsplit(response.headers["location"])
    assert location._replace(query="").geturl() == REDIRECT
    return {name: values[0] for name, values in parse_qs(location.query).items()}


def exchange(parallel: Parallel, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "127.0.0.1",
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        **changes,
    }
    return parallel.anyone.post("/getKeys/token", data=form)


def test_a_code_is_exchanged_for_the_accounts_key_once(parallel: Parallel) -> None:
    answer = answer_of(authorize(parallel))
    assert answer["state"] == "a state & more"
    token = exchange(parallel, answer["code"])
    assert token.json()["access_token"] == KEY
    again = exchange(parallel, answer["code"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_person_chooses_an_account_on_the_consent_page(parallel: Parallel) -> None:
    page = authorize(parallel, auto=None, state='"><script>')
    assert page.headers["content-type"].startswith("text/html")
    assert "<script>" not in page.text
    assert ">other</option>" in page.text
    allowed = authorize(parallel, auto=None, account="other", decision="allow")
    code = answer_of(allowed)["code"]
    assert exchange(parallel, code).json()["access_token"] == OTHER_KEY


def test_a_person_may_refuse(parallel: Parallel) -> None:
    answer = answer_of(authorize(parallel, decision="deny"))
    assert answer == {"error": "access_denied", "state": "a state & more"}


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"scope": "key:write"},
        {"response_type": "token"},
        {"redirect_uri": "http://example.com/callback"},
        {"redirect_uri": "https://elsewhere.example.com/callback"},
        {"client_id": None},
        {"account": "nobody"},
    ],
)
def test_a_wrong_request_is_not_redirected_anywhere(parallel: Parallel, changes: Json) -> None:
    assert authorize(parallel, **changes).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": "short"},
        {"client_id": "other"},
        {"redirect_uri": "http://127.0.0.1:3000/other"},
        {"grant_type": "password"},
        {"code": "made up"},
    ],
)
def test_a_code_is_worth_nothing_to_others(parallel: Parallel, changes: Json) -> None:
    code = answer_of(authorize(parallel))["code"]
    answer = exchange(parallel, **{"code": code, **changes})
    assert answer.status_code == 400
    assert "access_token" not in answer.text


def test_bytes_that_are_no_form_are_refused(parallel: Parallel) -> None:
    answer = parallel.anyone.post("/getKeys/token", content=b"\xff\xfe%00")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_code_lives_ten_minutes() -> None:
    now = [1_800_000_000.0]
    clock = Clock(wall=lambda: now[0])
    with running(ParallelSettings(accounts=SEEDS), clock=clock) as parallel:
        in_time = answer_of(authorize(parallel))["code"]
        too_late = answer_of(authorize(parallel))["code"]
        now[0] += 599
        assert exchange(parallel, in_time).status_code == 200
        now[0] += 2
        assert exchange(parallel, too_late).status_code == 400
