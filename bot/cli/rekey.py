"""`threadwatch rekey`: re-encrypt stored secrets with the first key, to retire older keys."""

from collections.abc import Callable

from bot.wiring.resources import open_sealer
from monitors.settings import Settings
from monitors.storage.database import Database, closing
from monitors.storage.engine import open_engine
from monitors.storage.reach import require_stores
from monitors.storage.schema import require_current
from monitors.workspaces.sealed_rows import SealedRows


async def rekey(settings: Settings, *, say: Callable[[str], None]) -> bool:
    """Print what was done; False if a secret could not be decrypted. The app can keep running.

    Raises SealError, SchemaError.
    """
    async with closing(Database(open_engine(settings.database_url, settings.data_dir))) as database:
        await require_stores(None, database.engine)
        await require_current(database.engine)
        done = await SealedRows(database, open_sealer(settings)).reseal()
    for context in done.unopened:
        say(f"None of the keys decrypts {context}")
    say(
        f"{done.rows} rows are now encrypted with the first of ENCRYPTION_KEYS."
        + ("" if done.unopened else " You can remove the other keys.")
    )
    return not done.unopened
