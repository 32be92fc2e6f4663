"""Renders the templates; also the headers that every page carries."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_HERE: Final = Path(__file__).parent

# In addition to the headers of every response (bot.web.guard).
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}


class Pages:
    """Renders the templates of this folder."""

    def __init__(self, *, command_prefix: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
        )
        self._prefix = command_prefix

    def render(self, name: str, **values: object) -> str:
        return self._environment.get_template(f"{name}.html").render(prefix=self._prefix, **values)


def stylesheet() -> str:
    return (_HERE / "pages.css").read_text(encoding="utf-8")
