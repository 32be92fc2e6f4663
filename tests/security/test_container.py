"""The app where the container keeps it: nothing to write on but DATA_DIR, and no privilege."""

import asyncio
import os
import re
import shutil
import subprocess
from contextlib import aclosing
from pathlib import Path
from typing import Final

import httpx
import pytest
import yaml

from monitors.storage.database import open_database
from monitors.storage.schema import upgrade
from sandbox.demo import connect_app
from sandbox.plain_http import NO_TLS
from sandbox.server import running_sandbox
from tests.flows.world import World
from tests.security.audit import LOCKS
from tests.security.day import CONFIG, as_variables
from tests.security.serving_process import ServingProcess
from tests.servers import PostgresServer, running_postgres

ROOT: Final = Path(__file__).parents[2]
# A mount namespace of its own, in which everything is read-only but the folder named.
_READ_ONLY: Final = (
    'mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,ro,bind / '
    '&& for at in /var/tmp /dev/shm; do mount -o ro -t tmpfs none "$at" 2>/dev/null; done; '
    'exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$@"'
)


def may_mount() -> bool:
    tools = all(shutil.which(name) for name in ("unshare", "setpriv", "mount"))
    probe = ["unshare", "--mount", "mount", "--make-rprivate", "/"]
    return tools and subprocess.run(probe, capture_output=True, check=False).returncode == 0  # noqa: S603 - fixed words


@pytest.mark.thorough
@pytest.mark.skipif(not may_mount(), reason="needs root, to make a file system read-only")
def test_it_works_where_it_can_write_to_its_data_alone(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o700)
    within = ["unshare", "--mount", "sh", "-c", _READ_ONLY, str(data_dir)]
    with (
        running_sandbox(CONFIG) as sandbox,
        httpx.Client(base_url=sandbox.url, timeout=30, trust_env=False, verify=NO_TLS) as client,
    ):
        variables = as_variables(sandbox, data_dir)
        world = World(client=client, app_url=variables["PUBLIC_URL"])
        with ServingProcess(tmp_path, variables, within=within) as process:
            asyncio.run(connect_app(sandbox.url, process.url))
            world.install()
            thread, monitor_id = world.watch("new papers on fusion")
            world.run(monitor_id)
            world.until(lambda: world.replies(thread))
    assert "Read-only file system" not in process.written


def test_the_image_runs_as_nobody_in_particular_from_what_was_hashed() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    installs = [line for line in lines if "pip install" in line]
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users[-1] not in {"root", "0"}
    assert [line for line in lines if line.startswith("ADD ")] == []
    for name in LOCKS:
        locked = (ROOT / name).read_text()
        pinned = re.findall(r"^[a-z0-9][\w.\-]*(?:\[[\w, \-]+\])?==\S+", locked, flags=re.MULTILINE)
        assert len(pinned) == len(re.findall(r"^[a-z0-9]", locked, flags=re.MULTILINE))


def test_what_builds_the_package_is_not_in_the_image() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "RUN /build/bin/pip install --require-hashes -r requirements-build.txt" in lines
    assert [line for line in lines if line.startswith("COPY --from")] == [
        "COPY --from=build /venv /venv"
    ]


def test_every_image_is_pinned_by_its_digest() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    images = {service["image"] for service in services.values()} - {"threadwatch"}
    base = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert base is not None
    images.add(base[1])
    assert len(images) == 3
    assert [each for each in images if not re.fullmatch(r"\S+:\S+@sha256:[0-9a-f]{64}", each)] == []


@pytest.mark.servers
def test_the_role_in_compose_owns_the_apps_database_and_nothing_else(tmp_path: Path) -> None:
    """What the image's entry point runs once, as the superuser, on an empty volume."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    script = tmp_path / "app-role.sql"
    # Compose reads the file first: a dollar sign would be its own.
    assert "$" not in compose["configs"]["app_role"]["content"]
    script.write_text(compose["configs"]["app_role"]["content"])
    with running_postgres() as server:
        asked(server, "tests", "-c", "CREATE ROLE postgres SUPERUSER LOGIN PASSWORD 'first'")
        asked(server, "postgres", "-f", str(script))
        url = server.url.set(username="threadwatch", database="threadwatch")
        asyncio.run(migrated(url.render_as_string(hide_password=False)))
        rights = (
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb, rolpassword IS NULL FROM pg_authid"
        )
        assert asked(server, "tests", "-c", f"{rights} WHERE rolname = 'threadwatch'") == "f|f"
        assert asked(server, "tests", "-c", f"{rights} WHERE rolname = 'postgres'") == "t|t"
        refused = "SELECT has_database_privilege('threadwatch', 'postgres', 'CONNECT')"
        assert asked(server, "tests", "-c", refused) == "f"


async def migrated(url: str) -> None:
    async with aclosing(open_database(url, Path())) as database:
        await upgrade(database)


def asked(server: PostgresServer, user: str, *words: str) -> str:
    psql = shutil.which("psql") or "psql"
    command = [psql, "-XAtq", "-v", "ON_ERROR_STOP=1", *words, f"{server.conninfo} user={user}"]
    environment = {"PATH": os.environ["PATH"], "POSTGRES_PASSWORD": "it's ours"}
    done = subprocess.run(  # noqa: S603 - Debian's client, our own words
        command, check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip()


def test_every_service_of_ours_in_compose_has_its_rights_taken_away() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = [each for each in services.values() if each.get("image") == "threadwatch"]
    assert len(ours) == 3
    for service in ours:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_service_in_compose_has_limits() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert [
        name
        for name, service in services.items()
        if not {"mem_limit", "cpus", "pids_limit"} <= service.keys()
    ] == []
