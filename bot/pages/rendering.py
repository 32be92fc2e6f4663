"""Renders the templates; the headers and cookies that pages carry."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from monitors.model.operator_links import OperatorLinks

if TYPE_CHECKING:
    import jinja2

_HERE: Final = Path(__file__).parent

POLICY: Final = "Content-Security-Policy"
# In addition to the headers of every response (bot.web.guard).
SECURITY_HEADERS: Final = {
    POLICY: (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Pages:
    """Renders the templates of this folder."""

    def __init__(self, prefix: str, links: OperatorLinks) -> None:
        self._common = {"session": None, "prefix": prefix, "links": links}

    def render(self, name: str, **values: object) -> str:
        return self._environment.get_template(f"{name}.html").render(self._common | values)

    @cached_property
    def _environment(self) -> "jinja2.Environment":
        """Made for the first page: most processes never show one."""
        import jinja2  # noqa: PLC0415 - see above

        return jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=jinja2.select_autoescape(default=True),
            undefined=jinja2.StrictUndefined,
        )


@dataclass(frozen=True, slots=True)
class Cookies:
    """`__Host-` cookies: only this host sets them, over https, and no script reads them.

    On a plain-http loopback address the prefix and `Secure` are left out: not every browser takes
    them there, and nobody else can answer on that address.
    """

    secure: bool

    def name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def set(self, answer: Response, name: str, value: str, *, seconds: int) -> None:
        """0 seconds delete the cookie."""
        answer.set_cookie(
            self.name(name), value, seconds, secure=self.secure, httponly=True, samesite="lax"
        )

    def read(self, request: Request, name: str) -> str | None:
        return request.cookies.get(self.name(name))


def stylesheet() -> str:
    return (_HERE / "pages.css").read_text(encoding="utf-8")
