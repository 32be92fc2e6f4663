"""What is installed in production: the app, and nothing of the sandbox (decision 14)."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_holds_the_app_and_nothing_of_the_sandbox(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    rooms = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert rooms == {"bot", "webhooks", "monitors"}
    assert {"bot/manifest.yml", "bot/cli/main.py"} <= set(names)


def test_the_image_is_built_without_the_sandbox() -> None:
    for name in ("Dockerfile", ".dockerignore"):
        assert "sandbox" not in (ROOT / name).read_text()


@pytest.mark.thorough
def test_without_the_sandbox_the_demo_says_where_it_is(wheel: Path, tmp_path: Path) -> None:
    run = installed(wheel, tmp_path, "demo")
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert line.endswith("Run it in a checkout of the repository: make demo")
    assert run.stdout == ""


@pytest.mark.thorough
def test_without_the_sandbox_the_other_commands_work(wheel: Path, tmp_path: Path) -> None:
    run = installed(wheel, tmp_path, "manifest")
    assert run.returncode == 0
    assert "display_information:" in run.stdout


def installed(wheel: Path, folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """A command of the wheel, in a folder of its own, beside the libraries of this environment."""
    app, empty = folder / "app", folder / "empty"
    empty.mkdir()
    with ZipFile(wheel) as archive:
        archive.extractall(app)
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    path = os.pathsep.join([str(app), *sorted(libraries)])
    # Without `site`, an editable install of the checkout does not count.
    return subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-S", "-m", "bot", command],
        cwd=empty,
        env={"PYTHONPATH": path, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
