"""The embedded server, and everything that can happen to it and to the app around it."""

import contextlib
import os
import signal
import socket
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest

from monitors.settings_problems import SetupError
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.redis_client import open_redis
from monitors.storage.valkey_process import PID_NAME, SOCKET_NAME, find_binary
from tests.monitors.storage.app_process import app_process, server_pid

pytestmark = pytest.mark.anyio


async def write(url: str, name: str) -> None:
    async with open_redis(url) as redis:
        await redis.set(name, b"kept")


async def is_kept(url: str, name: str) -> bool:
    async with open_redis(url) as redis:
        return await redis.get(name) == b"kept"


def modes_in(directory: Path) -> dict[Path, int]:
    paths = [directory, *directory.rglob("*")]
    return {path: stat.S_IMODE(path.lstat().st_mode) for path in paths}


def runs(pid: int) -> bool:
    """Dead but unreaped counts as dead: it is its parent who has not looked."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def runs_in(log: str) -> list[int]:
    """Which of the servers that wrote this log still run."""
    pids = {int(line.partition(":")[0]) for line in log.splitlines()}
    return [pid for pid in pids if runs(pid)]


async def another_server(data_dir: Path, *, than: int) -> int:
    """Wait until another server has taken the dead one's place."""
    while True:
        with contextlib.suppress(OSError, ValueError):
            if (pid := server_pid(data_dir)) != than:
                return pid
        await anyio.sleep(0.01)


async def test_what_was_written_is_there_after_a_restart(data_dir: Path) -> None:
    with EmbeddedValkey(data_dir) as server:
        await write(server.start(), "a")
    with EmbeddedValkey(data_dir) as server:
        assert await is_kept(server.start(), "a")


async def test_every_write_is_on_disk_before_it_is_acknowledged(data_dir: Path) -> None:
    with EmbeddedValkey(data_dir) as server:
        async with open_redis(server.start()) as redis:
            names = ("appendonly", "appendfsync", "save", "maxmemory-policy", "port")
            answers: list[dict[str | None, str | None]] = [
                await redis.config_get(name)  # pyright: ignore[reportUnknownMemberType] - untyped
                for name in names
            ]
            found = [answer[name] for answer, name in zip(answers, names, strict=True)]
    assert found == ["yes", "always", "", "noeviction", "0"]


async def test_only_its_own_user_can_look_into_the_data_directory(data_dir: Path) -> None:
    with EmbeddedValkey(data_dir) as server:
        await write(server.start(), "a")
        modes = modes_in(data_dir)
    assert not {path: oct(mode) for path, mode in modes.items() if mode & 0o077}
    assert modes[data_dir / "valkey" / SOCKET_NAME] == 0o600


async def test_the_last_to_let_go_stops_the_server(data_dir: Path) -> None:
    first, second = EmbeddedValkey(data_dir), EmbeddedValkey(data_dir)
    first.start()
    pid = server_pid(data_dir)
    await write(second.start(), "a")
    assert server_pid(data_dir) == pid
    first.stop()
    assert await is_kept(second.start(), "a")
    assert runs(pid)
    second.stop()
    assert not runs(pid)
    second.stop()


def test_processes_that_start_at_once_share_one_server(data_dir: Path) -> None:
    with ExitStack() as stack:
        apps = [stack.enter_context(app_process(data_dir)) for _ in range(4)]
        pids = {app.wait_until_started() for app in apps}
        assert len(pids) == 1
        for app in apps[:3]:
            app.end()
        pid = pids.pop()
        assert runs(pid)
        apps[3].end()
        assert not runs(pid)


def test_of_many_that_start_at_the_same_moment_one_starts_it(data_dir: Path) -> None:
    barrier = threading.Barrier(8)

    def start() -> EmbeddedValkey:
        server = EmbeddedValkey(data_dir)
        barrier.wait()
        server.start()
        return server

    with ThreadPoolExecutor(8) as pool:
        users = [start.result() for start in [pool.submit(start) for _ in range(8)]]
    log = (data_dir / "valkey" / "server.log").read_text()
    for user in users:
        user.stop()
    assert log.count("Ready to accept connections") == 1
    assert not runs_in(log)


async def test_an_app_that_was_killed_finds_its_server_again(data_dir: Path) -> None:
    with app_process(data_dir) as app:
        pid = app.wait_until_started()
        await write(f"unix://{data_dir}/valkey/{SOCKET_NAME}", "a")
        app.kill()
    assert runs(pid)
    with EmbeddedValkey(data_dir) as server:
        assert await is_kept(server.start(), "a")
        assert server_pid(data_dir) == pid
    assert not runs(pid)


def test_control_c_reaches_the_app_and_not_the_server(data_dir: Path) -> None:
    with app_process(data_dir) as app:
        pid = app.wait_until_started()
        assert app.press_control_c() == "drained"
    assert not runs(pid)


async def test_a_server_that_is_killed_comes_back_with_its_data(data_dir: Path) -> None:
    with EmbeddedValkey(data_dir) as server:
        url = server.start()
        await write(url, "a")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.watch)
            for _ in range(2):
                pid = server_pid(data_dir)
                os.kill(pid, signal.SIGKILL)
                with anyio.fail_after(60):
                    await another_server(data_dir, than=pid)
            server.start()
            assert await is_kept(url, "a")
            tasks.cancel_scope.cancel()


async def test_two_that_watch_bring_back_one_server(data_dir: Path) -> None:
    with EmbeddedValkey(data_dir) as first, EmbeddedValkey(data_dir) as second:
        pid = server_pid(data_dir)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(first.watch)
            tasks.start_soon(second.watch)
            os.kill(pid, signal.SIGKILL)
            again = await another_server(data_dir, than=pid)
            await write(first.start(), "a")
            assert await is_kept(second.start(), "a")
            with anyio.move_on_after(0.5):
                assert await another_server(data_dir, than=again) == again
            tasks.cancel_scope.cancel()


async def test_a_stopped_server_stays_stopped_though_it_is_watched(data_dir: Path) -> None:
    server = EmbeddedValkey(data_dir)
    server.start()
    pid = server_pid(data_dir)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.watch)
        await anyio.lowlevel.checkpoint()
        await anyio.to_thread.run_sync(server.stop)
        with anyio.move_on_after(0.5):
            assert not await another_server(data_dir, than=pid)
        tasks.cancel_scope.cancel()
    assert not runs(pid)


@pytest.mark.parametrize("is_named", [True, False])
async def test_a_left_over_server_that_does_not_answer_is_replaced(
    data_dir: Path, *, is_named: bool
) -> None:
    with app_process(data_dir) as app:
        pid = app.wait_until_started()
        await write(f"unix://{data_dir}/valkey/{SOCKET_NAME}", "a")
        app.kill()
    if not is_named:
        empty_pid_file(data_dir)
    os.kill(pid, signal.SIGSTOP)
    with EmbeddedValkey(data_dir, silence_seconds=0.3) as server:
        assert await is_kept(server.start(), "a")
        assert server_pid(data_dir) != pid
    assert not runs(pid)


async def test_a_server_that_a_full_disk_kept_from_naming_itself_is_stopped(data_dir: Path) -> None:
    with EmbeddedValkey(data_dir) as server:
        server.start()
        pid = server_pid(data_dir)
        empty_pid_file(data_dir)
    assert not runs(pid)


def empty_pid_file(data_dir: Path) -> None:
    """As a server leaves it that starts while the disk is full."""
    (data_dir / "valkey" / PID_NAME).write_text("")


async def test_a_stale_socket_is_no_hindrance(data_dir: Path) -> None:
    home = data_dir / "valkey"
    home.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(home / SOCKET_NAME))
    (home / "server.pid").write_text("1\n")
    with EmbeddedValkey(data_dir) as server:
        await write(server.start(), "a")


async def test_a_path_too_long_for_a_socket_works_all_the_same(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long name " * 12) / "data"
    with EmbeddedValkey(data_dir) as first, EmbeddedValkey(data_dir) as second:
        await write(first.start(), "a")
        assert await is_kept(second.start(), "a")


async def test_a_path_with_odd_characters_works_all_the_same(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "my data? #1 100%") as server:
        url = server.start()
        await write(url, "a")
        assert await is_kept(url, "a")


def test_a_platform_without_a_server_is_told_about_redis_url() -> None:
    with pytest.raises(SetupError, match=r"riscv64\. Set REDIS_URL"):
        find_binary("riscv64")


def test_a_binary_that_cannot_run_here_is_told_about_redis_url(data_dir: Path) -> None:
    def find_text() -> Path:
        path = data_dir / "valkey-server"
        path.write_text("not a program")
        path.chmod(0o700)
        return path

    with pytest.raises(SetupError, match="Set REDIS_URL"):
        EmbeddedValkey(data_dir, find_binary=find_text).start()


async def test_a_log_that_cannot_be_read_is_named_and_nothing_is_lost(data_dir: Path) -> None:
    with EmbeddedValkey(data_dir) as server:
        await write(server.start(), "a")
    manifest = data_dir / "valkey" / "appendonlydir" / "appendonly.aof.manifest"
    content = manifest.read_bytes()
    manifest.write_bytes(b"nonsense\n")
    with pytest.raises(SetupError, match=r"server\.log.*\n(.*\n)*.*[Ff]ormat"):
        EmbeddedValkey(data_dir).start()
    manifest.write_bytes(content)
    with EmbeddedValkey(data_dir) as server:
        assert await is_kept(server.start(), "a")
