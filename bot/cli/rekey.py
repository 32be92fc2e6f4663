"""`threadwatch rekey`: every kept secret sealed with the first key, so that older ones can go."""

from collections.abc import Callable

from bot.wiring.resources import open_sealer
from monitors.settings import Settings
from monitors.storage.database import Database, closing
from monitors.storage.engine import open_engine
from monitors.storage.schema import require_current
from monitors.workspaces.sealed_rows import SealedRows


async def rekey(settings: Settings, *, say: Callable[[str], None]) -> bool:
    """Print what was done; False when a secret did not open. The app may run meanwhile.

    Raises SealError, SchemaError.
    """
    async with closing(Database(open_engine(settings.database_url, settings.data_dir))) as database:
        await require_current(database.engine)
        done = await SealedRows(database, open_sealer(settings)).reseal()
    for context in done.unopened:
        say(f"does not open with any of the keys: {context}")
    say(
        f"{done.rows} rows are sealed with the first of ENCRYPTION_KEYS now."
        + ("" if done.unopened else " The other keys can be taken out.")
    )
    return not done.unopened
