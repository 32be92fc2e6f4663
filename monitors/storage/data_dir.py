"""`DATA_DIR`: a directory that only the app's own user can read, and the files in it."""

import os
import stat
from pathlib import Path
from typing import Final

from monitors.settings_problems import SetupError

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def private_directory(path: Path) -> Path:
    """Create the directory (0700), or close ours to other users; returns its absolute path.

    A shared directory (such as the temp folder), or one that belongs to another user, is refused
    rather than changed: others may rely on it. Raises SetupError.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
        if found.st_mode & (_OTHERS | stat.S_ISVTX):
            _close_to_others(path, found)
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise SetupError(f"{_name(path)} can't be written to by this user. {_REMEDY}")
    except OSError as error:
        raise SetupError(f"{_name(path)} can't be used: {error.strerror}. {_REMEDY}") from error
    return path.resolve()


def private_file(path: Path) -> Path:
    """Create the file, empty, if it doesn't exist; afterwards it is 0600 in any case.

    Raises SetupError.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_mode & _OTHERS:
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SetupError(f"{_name(path)} can't be used: {error.strerror}. {_REMEDY}") from error
    return path


_REMEDY: Final = (
    "Set DATA_DIR to a separate directory owned by the user the app runs as; it is created if it "
    "doesn't exist."
)


def _name(path: Path) -> str:
    return f"The data directory's {path}"


def _close_to_others(path: Path, found: os.stat_result) -> None:
    if found.st_mode & stat.S_ISVTX:
        raise SetupError(f"{_name(path)} is shared between users. {_REMEDY}")
    if _is_volume(found):
        return
    if found.st_uid != os.geteuid():
        raise SetupError(f"{_name(path)} belongs to another user and is open to others. {_REMEDY}")
    path.chmod(0o700)


def _is_volume(found: os.stat_result) -> bool:
    """Root's, lent to a group of ours, as Kubernetes mounts a volume with `fsGroup`.

    It can't be closed to others; but only we can read what is made in it.
    """
    groups = {os.getegid(), *os.getgroups()}
    return (
        os.geteuid() != 0
        and found.st_uid == 0
        and found.st_gid in groups
        and not found.st_mode & stat.S_IWOTH
    )
