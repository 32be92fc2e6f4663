"""A SQLite database migrated once, for the many tests that are not about migrations."""

import asyncio
import shutil
from contextlib import aclosing
from pathlib import Path

import pytest

from monitors.storage.data_dir import private_directory, private_file
from monitors.storage.database import open_database
from monitors.storage.engine import FILE_NAME
from monitors.storage.schema import upgrade


async def migrate(database_url: str | None, data_dir: Path) -> None:
    async with aclosing(open_database(database_url, data_dir)) as database:
        await upgrade(database)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `DATA_DIR` with nothing else in it."""
    data_dir = tmp_path_factory.mktemp("migrated") / "data"
    asyncio.run(migrate(None, data_dir))
    return data_dir


def begin_with(migrated: Path, data_dir: Path) -> None:
    shutil.copyfile(migrated / FILE_NAME, private_file(private_directory(data_dir) / FILE_NAME))
