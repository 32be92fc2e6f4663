"""A real SQLite database with every table, made in milliseconds, for one life."""

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine

from monitors.storage.database import Database, open_database
from monitors.storage.tables import METADATA

# In memory where the machine has such a folder: lives are many, and none outlasts its test.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - removed with the database


def open_small_database() -> tuple[Database, Path]:
    """The database, and the folder to remove once it is closed."""
    folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
    (folder / "life.db").write_bytes(_template())
    return open_database(f"sqlite:///{folder / 'life.db'}", folder), folder


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        engine = create_engine(f"sqlite:///{path}")
        METADATA.create_all(engine)
        engine.dispose()
        return path.read_bytes()


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
