"""A database of each kind, and a data directory whose server does not outlive its test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from monitors.storage.database import Database, open_database
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.schema import upgrade
from monitors.storage.sealing import Sealer
from tests.migrated import begin_with


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "data"
    yield path
    if (path / "valkey" / "server.pid").exists():
        with EmbeddedValkey(path):
            pass


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """None for SQLite's file in `DATA_DIR`."""
    kind: str = request.param
    return request.getfixturevalue("postgres_url") if kind == "postgresql" else None


@pytest.fixture
async def empty_database(database_url: str | None, tmp_path: Path) -> AsyncIterator[Database]:
    async with aclosing(open_database(database_url, tmp_path / "data")) as database:
        yield database


@pytest.fixture
async def database(
    empty_database: Database, database_url: str | None, tmp_path: Path, migrated: Path
) -> Database:
    if database_url is None:
        begin_with(migrated, tmp_path / "data")
    await upgrade(empty_database)
    return empty_database


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([Fernet.generate_key().decode()])
