import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from monitors.settings_problems import SetupError
from monitors.storage.data_dir import private_directory, private_file

_ROOT = Path(__file__).parents[3]
_OTHER_USER = 65534
_GROUP = 10001


def test_a_directory_that_is_not_there_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    made = private_directory(tmp_path / "a" / "b")
    assert made.stat().st_mode & 0o777 == 0o700


def test_a_directory_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.mkdir(mode=0o755)
    assert private_directory(path).stat().st_mode & 0o777 == 0o700


def test_a_file_open_to_others_is_closed_to_them_and_keeps_its_content(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("content")
    path.chmod(0o644)
    assert private_file(path).stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "content"


def test_a_directory_shared_between_users_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    path.mkdir()
    path.chmod(0o1777)
    with pytest.raises(SetupError, match=r"shared between users\. Set DATA_DIR to"):
        private_directory(path)
    assert path.stat().st_mode & 0o7777 == 0o1777


def test_a_file_in_the_directorys_place_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.touch()
    with pytest.raises(SetupError, match=r"data can't be used: File exists\. Set DATA_DIR to"):
        private_directory(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can lend a directory")
@pytest.mark.parametrize(("mode", "is_taken"), [(0o2775, True), (0o2777, False)])
def test_a_volume_of_root_lent_to_a_group_of_ours_is_taken(mode: int, *, is_taken: bool) -> None:
    """As Kubernetes mounts one with `fsGroup`; what is made in it is ours alone."""
    program = (
        "import os, sys; from pathlib import Path; from monitors.storage import data_dir; "
        f"os.setgroups([{_GROUP}]); os.setgid({_OTHER_USER}); os.setuid({_OTHER_USER}); "
        "home = data_dir.private_directory(Path(sys.argv[1])); "
        "data_dir.private_file(data_dir.private_directory(home / 'valkey') / 'log')"
    )
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        path = Path(parent) / "volume"
        path.mkdir()
        os.chown(path, 0, _GROUP)
        path.chmod(mode)
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program, path],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) is is_taken, done.stderr
        if is_taken:
            assert (path / "valkey").stat().st_mode & 0o777 == 0o700
            assert (path / "valkey" / "log").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a directory of another user")
@pytest.mark.parametrize(
    ("mode", "message"),
    [
        (0o755, "belongs to another user and is open to others. Set DATA_DIR to"),
        (0o700, "can't be written to by this user. Set DATA_DIR to"),
    ],
)
def test_a_directory_of_another_user_is_refused(mode: int, message: str) -> None:
    program = (
        "import os, sys; from pathlib import Path; from monitors.storage import data_dir; "
        f"os.setgroups([]); os.setgid({_OTHER_USER}); os.setuid({_OTHER_USER}); "
        "data_dir.private_directory(Path(sys.argv[1]))"
    )
    with tempfile.TemporaryDirectory() as path:
        Path(path).chmod(mode)
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program, path],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert message in done.stderr
