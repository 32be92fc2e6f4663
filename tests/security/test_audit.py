"""That a known vulnerability is found, and that a machine that cannot ask is told so."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.sandbox.parallel.driver import serving
from tests.security.audit import Audit, audit, read_report, verdict
from tests.servers import free_port

KNOWN = {
    "id": "PYSEC-2026-1",
    "modified": "2026-01-01T00:00:00Z",
    "summary": "It leaks.",
    "affected": [
        {
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "ranges": [
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.5"}]},
            ],
            "versions": ["1.0"],
        }
    ],
}


async def answer(request: Request) -> Response:
    asked = json.loads(await request.body())
    is_leaky = asked["package"]["name"] == "leaky"
    return JSONResponse({"vulns": [KNOWN]} if is_leaky else {})


@pytest.fixture(scope="module")
def service() -> Generator[list[str]]:
    """Speaks as the OSV service does."""
    with serving([Route("/v1/query", answer, methods=["POST"])]) as url:
        yield ["--vulnerability-service", "osv", "--osv-url", f"{url}/v1/query"]


def lock_of(tmp_path: Path, *pinned: str) -> Path:
    lock = tmp_path / "requirements.txt"
    lock.write_text("".join(f"{each} --hash=sha256:{'0' * 64}\n" for each in pinned))
    return lock


def test_a_locked_version_with_a_known_vulnerability_is_found(
    tmp_path: Path, service: list[str]
) -> None:
    found = audit(lock_of(tmp_path, "leaky==1.0", "sound==2.0"), service)
    assert found == Audit(2, 0, ("leaky 1.0: PYSEC-2026-1, mended in 1.5",))
    said, passes = verdict("requirements.txt", found)
    assert not passes
    assert "2 audited, 1 findings\n  leaky 1.0: PYSEC-2026-1, mended in 1.5" in said


@pytest.mark.thorough
def test_locked_versions_without_one_pass(tmp_path: Path, service: list[str]) -> None:
    found = audit(lock_of(tmp_path, "sound==2.0"), service)
    assert verdict("x", found) == ("x: 1 audited, 0 findings", True)


@pytest.mark.thorough
def test_where_no_service_is_reached_nothing_is_said_to_be_sound(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/v1/query"
    options = ["--vulnerability-service", "osv", "--osv-url", nowhere, "--timeout", "2"]
    said, passes = verdict("x", audit(lock_of(tmp_path, "sound==2.0"), options))
    assert passes
    assert "SKIPPED" in said
    assert "nothing was audited" in said


def test_an_index_that_knows_no_vulnerabilities_counts_as_no_answer() -> None:
    skipped = {"dependencies": [{"name": "a", "skip_reason": "Dependency not found"}], "fixes": []}
    assert "SKIPPED" in verdict("x", read_report(json.dumps(skipped)))[0]
