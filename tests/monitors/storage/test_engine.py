from contextlib import aclosing
from pathlib import Path

import pytest
from sqlalchemy import text

from monitors.storage.database import open_database
from monitors.storage.engine import FILE_NAME, parse_url
from monitors.storage.postgres_options import DatabaseUrlError


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_spelling_of_postgresql_is_accepted(scheme: str) -> None:
    url = parse_url(f"{scheme}://me:p%40ss@db.example:5433/app?sslmode=require")
    assert url.drivername == "postgresql+asyncpg"
    assert (url.username, url.password, url.host, url.port) == ("me", "p@ss", "db.example", 5433)
    assert dict(url.query) == {"sslmode": "require"}


def test_sqlite_is_accepted_with_and_without_its_driver() -> None:
    for text_ in ("sqlite:////var/lib/app.db", "sqlite+aiosqlite:////var/lib/app.db"):
        url = parse_url(text_)
        assert (url.drivername, url.database) == ("sqlite+pysqlite", "/var/lib/app.db")


@pytest.mark.parametrize(
    "bad", ["mysql://me:hunter2@db/app", "me:hunter2@db", "postgresql+psycopg2://me:hunter2@db/app"]
)
def test_any_other_address_is_explained_without_its_password(bad: str) -> None:
    with pytest.raises(DatabaseUrlError, match="Use postgresql") as caught:
        parse_url(bad)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("bad", ["sqlite://", "sqlite+aiosqlite:///:memory:"])
def test_a_database_that_forgets_is_refused(bad: str) -> None:
    with pytest.raises(DatabaseUrlError, match="Name a file"):
        parse_url(bad)


@pytest.mark.anyio
async def test_sqlite_survives_a_power_cut_and_waits_for_other_writers(tmp_path: Path) -> None:
    found: dict[str, object] = {}
    async with aclosing(open_database(None, tmp_path / "data")) as database:
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            ((found[name],),) = await database.rows(text(f"PRAGMA {name}"))
    full = 2
    assert found == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": 10000,
    }


@pytest.mark.anyio
async def test_the_sqlite_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    async with aclosing(open_database(None, tmp_path / "data")) as database:
        await database.write(lambda connection: connection.execute(text("CREATE TABLE a (b)")))
        modes = {path.name: path.stat().st_mode & 0o777 for path in engine_files(tmp_path)}
    assert modes == dict.fromkeys((FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"), 0o600)


def engine_files(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "data").iterdir())
