"""A real process lives through a day of its life, and nothing that it wrote gives a secret away."""

import os
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from monitors.storage.sealing import KEY_FILE
from sandbox.plain_http import NO_TLS
from tests.security.day import Day, a_day
from tests.security.leaks import leaks_in
from tests.security.serving_process import ServingProcess, run

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Generator[Day]:
    with a_day(tmp_path_factory.mktemp("secrets")) as lived:
        yield lived


def test_no_secret_is_in_anything_that_was_written(day: Day) -> None:
    assert leaks_in(day.secrets, day.written) == []


def test_all_of_it_was_looked_at(day: Day) -> None:
    log = day.written["log"].decode()
    assert "Threadwatch answers on" in log
    assert '"level": "debug"' in log or "debug" in log
    assert b"bot\0serve" in day.written["command lines"]
    assert b"valkey" in day.written["command lines"]
    assert b"Watching" in day.written["Slack"]
    assert any(name.endswith("threadwatch.db") for name in day.written)
    assert any("aof" in name.lower() for name in day.written)


def test_a_query_is_in_no_log_line(day: Day) -> None:
    assert day.leaks == []


def test_data_dir_and_everything_in_it_is_closed_to_others(day: Day) -> None:
    day.data_dir.chmod(0o755)
    (day.data_dir / "threadwatch.db").chmod(0o644)
    code, _ = run("rekey", day.data_dir.parent, day.variables)
    assert code == 0
    assert day.data_dir.stat().st_mode & 0o777 == 0o700
    open_files = [
        path
        for path in day.data_dir.iterdir()
        if path.is_file() and path.stat().st_mode & 0o077 and not path.is_symlink()
    ]
    assert open_files == []


def test_a_wrong_key_at_start_is_one_clear_error(day: Day) -> None:
    wrong = Fernet.generate_key().decode()
    code, said = run("serve", day.data_dir.parent, {**day.variables, "ENCRYPTION_KEYS": wrong})
    assert code == 2
    assert said.startswith("Threadwatch can't start:")
    assert "can be decrypted with ENCRYPTION_KEYS" in " ".join(said.split())
    assert "Traceback" not in said
    assert wrong not in said


def test_keys_are_rotated_by_one_command(day: Day) -> None:
    old = (day.data_dir / KEY_FILE).read_text().strip()
    new = Fernet.generate_key().decode()
    folder = day.data_dir.parent
    code, said = run("rekey", folder, {**day.variables, "ENCRYPTION_KEYS": f"{new},{old}"})
    assert code == 0, said
    assert "encrypted with the first" in " ".join(said.split())
    with ServingProcess(folder, {**day.variables, "ENCRYPTION_KEYS": new}) as process:
        assert httpx.get(f"{process.url}/readyz", trust_env=False, verify=NO_TLS).is_success
    code, _ = run("serve", folder, {**day.variables, "ENCRYPTION_KEYS": old})
    assert code == 2


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_data_dir_that_others_share_is_refused(day: Day, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    code, said = run("serve", tmp_path, {**day.variables, "DATA_DIR": str(shared)})
    assert code == 2
    assert "shared between users" in " ".join(said.split())
