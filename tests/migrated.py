"""A SQLite database migrated once, for the many tests that are not about migrations."""

import asyncio
import shutil
from pathlib import Path

import pytest

from monitors.storage.data_dir import private_directory, private_file
from monitors.storage.engine import FILE_NAME, open_engine
from monitors.storage.schema import upgrade


async def migrate(database_url: str | None, data_dir: Path) -> None:
    engine = open_engine(database_url, data_dir)
    try:
        await upgrade(engine)
    finally:
        await engine.dispose()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `DATA_DIR` with nothing else in it."""
    data_dir = tmp_path_factory.mktemp("migrated") / "data"
    asyncio.run(migrate(None, data_dir))
    return data_dir


def begin_with(migrated: Path, data_dir: Path) -> None:
    shutil.copyfile(migrated / FILE_NAME, private_file(private_directory(data_dir) / FILE_NAME))
