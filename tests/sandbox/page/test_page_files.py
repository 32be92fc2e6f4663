"""The page as plain HTTP serves it."""

import re
from pathlib import Path

import httpx
import pytest

FOLDER = Path(__file__).parents[3] / "sandbox" / "page"
FILES = sorted(path.name for path in (FOLDER / "static").iterdir())
SCRIPTS = [name for name in FILES if name.endswith(".js")]


def test_the_page_allows_itself_nothing_but_its_own_files(http: httpx.Client) -> None:
    answer = http.get("/")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_every_file_is_served_with_its_own_type(http: httpx.Client) -> None:
    expected = {".js": "javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    for name in FILES:
        answer = http.get(f"/static/{name}")

        assert answer.status_code == 200
        assert expected[Path(name).suffix] in answer.headers["content-type"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_files_beside_the_static_ones_are_not_served(http: httpx.Client) -> None:
    assert http.get("/static/%2e%2e/routes.py").status_code == 404
    assert http.get("/static/..%2froutes.py").status_code == 404


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r'(?:src|href)="/static/([^"]+)"', (FOLDER / "index.html").read_text())

    assert named
    assert set(named) <= set(FILES)


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_import_of_a_script_is_a_file_beside_it(name: str) -> None:
    source = (FOLDER / "static" / name).read_text()
    imported = re.findall(r'^(?:import|export) .*from "([^"]+)"', source, flags=re.MULTILINE)

    assert all(path.startswith("./") for path in imported)
    assert {path.removeprefix("./") for path in imported} <= set(FILES)


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_turns_text_into_html_or_code(name: str) -> None:
    source = (FOLDER / "static" / name).read_text()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", source)


def test_the_html_has_no_inline_script_or_style() -> None:
    html = (FOLDER / "index.html").read_text()

    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*src=)", html)
