"""What a job's bytes may hold: reading it fails the first time, whatever happens next."""

from pathlib import Path


class FailsOnce:
    """Unpickled, it raises; unpickled again, it is what it was."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return fail_once, (self.mark,)


def fail_once(mark: Path) -> str:
    if mark.exists():
        return "read"
    mark.touch()
    raise RuntimeError("the first time it can't be read")
