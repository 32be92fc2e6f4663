"""`threadwatch rekey`: encrypt and sign with the first key, so that older keys can be removed."""

from collections.abc import Callable
from contextlib import aclosing

from bot.cli.doctor_accounts import CALL_SECONDS
from bot.wiring.resources import accounts_in, gateway_on, open_sealer
from monitors.model.parallel_errors import ParallelError
from monitors.parallel.transport import open_http
from monitors.settings import Settings
from monitors.storage.database import Database, open_database
from monitors.storage.reach import require_stores
from monitors.storage.schema import require_current
from monitors.storage.sealing import Sealer
from monitors.workspaces.sealed_rows import SealedRows


async def rekey(settings: Settings, *, say: Callable[[str], None]) -> bool:
    """Print what was done; False if the older keys are still needed. The app can keep running.

    Raises SetupError.
    """
    async with aclosing(open_database(settings.database_url, settings.data_dir)) as database:
        await require_stores(None, database)
        await require_current(database)
        sealer = open_sealer(settings)
        done = await SealedRows(database, sealer).reseal()
        for context in done.unopened:
            say(f"None of the keys decrypts {context}")
        say(f"{done.rows} rows are now encrypted with the first of ENCRYPTION_KEYS.")
        if done.unopened:
            return False
        is_whole = await _sign(settings, database, sealer, say)
    if is_whole:
        say("You can remove the other keys.")
    return is_whole


async def _sign(
    settings: Settings, database: Database, sealer: Sealer, say: Callable[[str], None]
) -> bool:
    """The monitors' metadata at Parallel. False if an account's couldn't be read or changed."""
    signed, is_whole = 0, True
    async with open_http(timeout_seconds=CALL_SECONDS) as http:
        gateway = gateway_on(http, settings, database, sealer)
        for account in await accounts_in(settings, database, sealer).accounts():
            try:
                signed += await gateway.sign(account)
            except (ParallelError, TimeoutError) as error:
                is_whole = False
                whose = account.team_id or "PARALLEL_API_KEY"
                say(
                    f"The monitors of {whose} aren't all signed with the first key: Parallel can't "
                    f"be used right now ({error or 'no answer'}). Run this again before you remove "
                    "the other keys."
                )
    say(f"{signed} monitors are now signed with it.")
    return is_whole
