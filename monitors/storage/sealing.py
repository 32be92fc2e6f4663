"""Secrets at rest: encrypted with the first of `ENCRYPTION_KEYS`, decrypted with any of them."""

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from monitors.settings_problems import NEW_KEY, SetupError
from monitors.storage.data_dir import private_directory, private_file

KEY_FILE: Final = "encryption.key"


class SealError(SetupError):
    """A key is malformed, or a value can't be decrypted. Never contains a key or value."""


class Sealer:
    """Encrypts short texts.

    Each has a context, such as `slack:T123`, so that a value moved to another row can't be
    decrypted there.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise SealError(f"ENCRYPTION_KEYS is empty. {NEW_KEY}")
        self.keys = tuple(key.encode() for key in keys)
        self._fernet = MultiFernet(
            [_fernet(key, position) for position, key in enumerate(keys, start=1)]
        )

    @classmethod
    def from_text(cls, comma_separated: str) -> "Sealer":
        """Read `ENCRYPTION_KEYS`. Raises SealError."""
        return cls([key.strip() for key in comma_separated.split(",") if key.strip()])

    @classmethod
    def from_data_dir(cls, data_dir: Path) -> "Sealer":
        """Use the key in `DATA_DIR`, generated on first use; two processes agree on one.

        Raises SetupError.
        """
        path = private_directory(data_dir) / KEY_FILE
        if not path.exists():
            _write_once(path, Fernet.generate_key().decode())
        text = private_file(path).read_text(encoding="ascii", errors="replace").strip()
        try:
            return cls.from_text(text)
        except SealError as error:
            raise SealError(
                f"{path} doesn't contain a usable key. Restore it from a backup. Delete it only if "
                "nothing was encrypted with it; a new one is then generated."
            ) from error

    def seal(self, text: str, *, context: str) -> str:
        return self._fernet.encrypt(json.dumps([context, text]).encode()).decode()

    def open(self, sealed: str, *, context: str) -> str:
        """Decrypt a value. Raises SealError."""
        try:
            payload = self._fernet.decrypt(sealed.encode())
        except (InvalidToken, UnicodeError) as error:
            raise SealError(
                f"The secret stored for {context} can't be decrypted with ENCRYPTION_KEYS. Put "
                "back the key it was encrypted with. Keys are comma-separated: the first one "
                "encrypts, all of them decrypt."
            ) from error
        sealed_for, text = json.loads(payload)
        if sealed_for != context:
            raise SealError(
                f"The secret stored for {context} was encrypted for another row. Restore the "
                "database from a backup, or install the app or connect the account again."
            )
        return str(text)

    def reseal(self, sealed: str, *, context: str) -> str:
        """The same text, encrypted with the first key. Raises SealError."""
        return self.seal(self.open(sealed, context=context), context=context)


def _fernet(key: str, position: int) -> Fernet:
    try:
        return Fernet(key)
    except ValueError as error:
        raise SealError(
            f"Key {position} of ENCRYPTION_KEYS isn't a Fernet key (32 bytes in url-safe base64). "
            f"{NEW_KEY}"
        ) from error


def _write_once(path: Path, text: str) -> None:
    """Write the file in one step, unless another process was first.

    A hard link appears complete or not at all.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
        finally:
            draft.unlink()
    except OSError as error:
        raise SetupError(f"{path} can't be written: {error.strerror}.") from error
