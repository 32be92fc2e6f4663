"""The ASGI app: one port for Slack, Parallel, pages, health and metrics."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.pages.rendering import SECURITY_HEADERS, stylesheet
from bot.web.guard import Guard, behind_proxies
from bot.wiring import Wiring
from monitors.settings import split
from webhooks.routes import PATH

Check = Callable[[], Awaitable[bool]]
METRICS_TYPE: Final = "text/plain; version=0.0.4"
# Signed requests, and health checks.
_FREE: Final = ("/slack/events", "/webhooks/parallel/", "/healthz", "/readyz")


def create_app(wiring: Wiring, *, checks: Mapping[str, Check]) -> ASGIApp:
    """Every route, over the opened wiring. `checks` decide `GET /readyz`, by name."""
    routes = create_routes(wiring, checks=checks)
    guard = Guard(routes, is_free=lambda path: path.startswith(_FREE))
    return behind_proxies(guard, split(wiring.settings.trusted_proxies))


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
    parallel = wiring.doors.parallel
    app.add_exception_handler(StarletteHTTPException, _refusal(wiring))
    # In one list, the busiest first.
    app.router.routes.append(Route(PATH, parallel, methods=["POST"]))
    app.router.routes.extend([*_slack_routes(wiring), *_pages(wiring), *_watch(wiring, checks)])
    return app


def _slack_routes(wiring: Wiring) -> list[Route]:
    routes: list[Route] = []
    if wiring.doors.slack is not None:
        routes.append(Route("/slack/events", wiring.doors.slack.handle, methods=["POST"]))
    return [*routes, *wiring.doors.pages]


def _pages(wiring: Wiring) -> list[Route]:
    styles = stylesheet()

    async def home(_request: Request) -> Response:
        landing = wiring.services.pages.render(
            "landing",
            can_install=wiring.settings.uses_oauth,
            has_own_account=wiring.settings.parallel_api_key is not None,
        )
        return HTMLResponse(landing, headers=SECURITY_HEADERS)

    async def css(_request: Request) -> Response:
        return Response(styles, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    return [Route("/", home, methods=["GET"]), Route("/pages.css", css, methods=["GET"])]


def _refusal(
    wiring: Wiring,
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """At an unknown path: a page for a browser, JSON for anything else."""

    async def refuse(request: Request, error: Exception) -> Response:
        if not isinstance(error, StarletteHTTPException):
            raise error
        headers = dict(error.headers or {})
        if "text/html" in request.headers.get("accept", ""):
            headers |= SECURITY_HEADERS
            page = wiring.services.pages.render("not_found")
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
