"""The ASGI app: one port for Slack, Parallel, pages, health and metrics."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.pages.oauth import INSTALLED
from bot.pages.rendering import SECURITY_HEADERS, stylesheet
from bot.web.guard import Guard, TrustedProxies
from bot.wiring import Wiring
from monitors.settings import split
from webhooks.routes import PATH, WebhookDoor

Check = Callable[[], Awaitable[bool]]
METRICS_TYPE: Final = "text/plain; version=0.0.4"
# Signed requests, and health checks.
_FREE: Final = ("/slack/events", "/webhooks/parallel/", "/healthz", "/readyz")


def create_app(wiring: Wiring, *, checks: Mapping[str, Check]) -> ASGIApp:
    """Every route, over the opened wiring. `checks` decide `GET /readyz`, by name."""
    return Guard(
        create_routes(wiring, checks=checks),
        is_free=lambda path: path.startswith(_FREE),
        proxies=TrustedProxies(split(wiring.settings.trusted_proxies)),
    )


def create_routes(wiring: Wiring, *, checks: Mapping[str, Check]) -> FastAPI:
    """The same, as a table of routes (which docs/openapi.yaml describes)."""
    app = FastAPI(
        title="Threadwatch",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # It would redirect `/healthz/` to whatever host the request names.
        redirect_slashes=False,
    )
    parallel = WebhookDoor(
        wiring.accounts,
        wiring.queue,
        notices=wiring.linking.notices,
        metrics=wiring.metrics.webhooks,
        now=time.time,
        coalesce_seconds=wiring.timings.coalesce_seconds,
        sql_seconds=wiring.timings.sql_door_seconds,
    )
    app.add_exception_handler(StarletteHTTPException, _refusal(wiring))
    # In one list, the busiest first.
    app.router.routes.append(Route(PATH, parallel, methods=["POST"]))
    app.router.routes.extend([*_slack_routes(wiring), *_pages(wiring), *_watch(wiring, checks)])
    return app


def _slack_routes(wiring: Wiring) -> list[Route]:
    routes: list[Route] = []
    if wiring.slack_door is not None:
        routes.append(Route("/slack/events", wiring.slack_door.handle, methods=["POST"]))
    if wiring.oauth is not None:
        routes += [
            Route("/slack/install", wiring.oauth.install, methods=["GET"]),
            Route("/slack/oauth_redirect", wiring.oauth.callback, methods=["GET"]),
            Route(INSTALLED, wiring.oauth.installed, methods=["GET"]),
        ]
    return [*routes, *wiring.linking.routes()]


def _pages(wiring: Wiring) -> list[Route]:
    landing = wiring.pages.render(
        "landing",
        can_install=wiring.oauth is not None,
        has_own_account=wiring.settings.parallel_api_key is not None,
    )
    styles = stylesheet()

    async def home(_request: Request) -> Response:
        return HTMLResponse(landing, headers=SECURITY_HEADERS)

    async def css(_request: Request) -> Response:
        return Response(styles, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    return [Route("/", home, methods=["GET"]), Route("/pages.css", css, methods=["GET"])]


def _refusal(
    wiring: Wiring,
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """At an unknown path: a page for a browser, JSON for anything else."""
    page = wiring.pages.render("not_found")

    async def refuse(request: Request, error: Exception) -> Response:
        if not isinstance(error, StarletteHTTPException):
            raise error
        headers = dict(error.headers or {})
        if "text/html" in request.headers.get("accept", ""):
            headers |= SECURITY_HEADERS
            return HTMLResponse(page, status_code=error.status_code, headers=headers)
        return JSONResponse(
            {"detail": error.detail}, status_code=error.status_code, headers=headers
        )

    return refuse


def _watch(wiring: Wiring, checks: Mapping[str, Check]) -> list[Route]:
    async def alive(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def ready(_request: Request) -> Response:
        answers = {name: await check() for name, check in checks.items()}
        return JSONResponse(answers, status_code=200 if all(answers.values()) else 503)

    async def metrics(_request: Request) -> Response:
        return PlainTextResponse(wiring.metrics.render(), media_type=METRICS_TYPE)

    return [
        Route("/healthz", alive, methods=["GET"]),
        Route("/readyz", ready, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]
