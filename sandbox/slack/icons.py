"""The pictures of workspaces that nobody has given one: their first letter."""

from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.slack.platform import Platform

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 44 44">'
    '<rect width="44" height="44" rx="8" fill="#4a154b"/>'
    '<text x="22" y="31" font-family="sans-serif" font-size="24" font-weight="700"'
    ' text-anchor="middle" fill="#fff">{letter}</text></svg>'
)


class Icons:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[BaseRoute]:
        return [Route("/slack/icons/{team_id}.svg", self._show, methods=["GET"])]

    async def _show(self, request: Request) -> Response:
        team = self._platform.state.teams.get(request.path_params["team_id"])
        if team is None:
            return Response(status_code=404)
        svg = _SVG.format(letter=escape(team.name[:1].upper()))
        return Response(svg, media_type="image/svg+xml")
