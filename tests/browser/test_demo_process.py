"""Starting and ending the demo."""

import os
import subprocess
from pathlib import Path

import httpx
import pytest

from monitors.storage.file_lock import FileLock
from sandbox.plain_http import NO_TLS
from tests.browser.demo_process import demo_command, running_demo

# The promise is ten seconds; a busy machine is no reason to fail.
START_SECONDS = 60.0


def test_it_is_there_soon_and_control_c_leaves_no_process_and_no_data(
    tmp_path: Path,
) -> None:
    with running_demo(tmp_path) as demo:
        url = demo.address(within_seconds=START_SECONDS)
        page = httpx.get(url, trust_env=False, verify=NO_TLS)
        (run,) = demo.runs()
        with server_lock(run) as lock:
            assert not lock.take()

            assert demo.interrupt() == 0
            assert lock.take()
    assert page.status_code == 200
    assert demo.runs() == []
    assert not demo.has_children()
    assert "Traceback" not in demo.words


@pytest.mark.thorough
def test_a_second_start_says_that_the_first_one_runs(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        url = demo.address(within_seconds=START_SECONDS)
        second = start(tmp_path, port=httpx.URL(url).port or 0)
        still_there = httpx.get(url, trust_env=False, verify=NO_TLS)
        assert len(demo.runs()) == 1

    assert second.returncode == 2
    assert "If the demo is already running" in said(second)
    assert f"open {url}" in said(second)
    assert "--port" in said(second)
    assert "Traceback" not in said(second)
    assert still_there.status_code == 200


@pytest.mark.thorough
def test_a_start_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """No socket's address can be made of paths this long, so the embedded server cannot start."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    failed = start(folder, port=0, TMPDIR=str(folder))

    assert failed.returncode == 2
    assert "Choose a shorter" in said(failed)
    assert "Traceback" not in said(failed)
    assert [path for path in (folder / ".data" / "demo").iterdir() if path.is_dir()] == []


@pytest.mark.thorough
def test_what_a_killed_demo_left_goes_at_the_next_start_and_what_is_in_use_stays(
    tmp_path: Path,
) -> None:
    with running_demo(tmp_path) as first, running_demo(tmp_path) as second:
        first.address(within_seconds=2 * START_SECONDS)
        second.address(within_seconds=2 * START_SECONDS)
        second.kill()
        (left,) = [run for run in second.runs() if is_free(run)]
        (used,) = [run for run in second.runs() if run != left]
        with server_lock(left) as lock:
            assert not lock.take()
            with running_demo(tmp_path) as third:
                third.address(within_seconds=START_SECONDS)

                assert lock.take()
                assert not left.exists()
                assert used.exists()
        assert first.interrupt() == 0
    assert first.runs() == []


@pytest.mark.thorough
def test_it_uses_nothing_of_the_environment_that_a_real_app_would(tmp_path: Path) -> None:
    real = {
        "DATABASE_URL": "postgresql://threadwatch@127.0.0.1:9/real",
        "REDIS_URL": "redis://127.0.0.1:9",
        "SLACK_BOT_TOKEN": "xoxb-real",
        "COMMAND_PREFIX": "acme-",
        "LOG_LEVEL": "no such level",
    }
    with running_demo(tmp_path, environment=real) as demo:
        demo.address(within_seconds=START_SECONDS)

        assert (demo.runs()[0] / "threadwatch.db").exists()


def start(folder: Path, *, port: int, **environment: str) -> subprocess.CompletedProcess[str]:
    """A demo that is expected to end by itself."""
    return subprocess.run(  # noqa: S603 - our own command
        demo_command(port),
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def said(ended: subprocess.CompletedProcess[str]) -> str:
    """In one line: a terminal's width breaks it anywhere."""
    return " ".join(f"{ended.stdout} {ended.stderr}".split())


def server_lock(run: Path) -> FileLock:
    """Held by the embedded server of a demo for as long as it lives."""
    return FileLock(run / "valkey" / "server.lock")


def is_free(run: Path) -> bool:
    """Whether the demo of that folder has ended."""
    with FileLock(run / "demo.lock") as lock:
        return lock.take()
