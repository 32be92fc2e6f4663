"""What operators and visitors see: health, metrics, pages."""

import httpx
import pytest

from sandbox.plain_http import NO_TLS
from tests.flows.world import World


def get(world: World, path: str) -> httpx.Response:
    return httpx.get(world.app_url + path, trust_env=False, verify=NO_TLS)


def test_the_process_is_alive_and_ready_and_names_what_it_asked(outside: World) -> None:
    alive = get(outside, "/healthz")
    assert (alive.status_code, alive.json()) == (200, {"alive": True})
    # Its first job may still be under way.
    outside.until(lambda: get(outside, "/readyz").status_code == 200)
    ready = get(outside, "/readyz")
    assert ready.json() == {"accepting": True, "redis": True, "sql": True, "worker": True}


def test_metrics_count_jobs_and_requests_by_verdict_and_name_no_one(world: World) -> None:
    world.watch("a secret query")
    answer = get(world, "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'threadwatch_jobs_total{kind="intent",outcome="Done"}' in answer.text
    assert 'threadwatch_slack_requests_total{verdict="taken"}' in answer.text
    assert 'threadwatch_webhooks_total{verdict="accepted"}' in answer.text
    for private in ("a secret query", world.team_id, world.channel, world.user):
        assert private not in answer.text


@pytest.mark.parametrize("path", ["/", "/slack/oauth_redirect", "/slack/oauth_redirect?error=x"])
def test_pages_carry_headers_that_keep_them_safe(outside: World, path: str) -> None:
    answer = get(outside, path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "set-cookie" not in answer.headers
    assert "server" not in answer.headers
    assert "<script" not in answer.text
    assert '<html lang="en">' in answer.text


def test_the_landing_page_says_what_this_is_and_offers_to_add_it(outside: World) -> None:
    page = get(outside, "/").text
    assert 'href="/slack/install"' in page
    assert "/monitor latest AI research papers" in page
    style = get(outside, "/pages.css")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")


def test_the_browser_that_installs_gets_a_cookie_that_scripts_cannot_read(outside: World) -> None:
    answer = get(outside, "/slack/install")
    assert answer.status_code == 302
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=600" in cookie


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/admin", "/.env", "/slack"])
def test_there_is_nothing_else(outside: World, path: str) -> None:
    assert get(outside, path).status_code == 404
