"""Slack and Parallel in a process of their own: `python -m tests.chaos.stand_ins SEED`.

It prints its address in one line and ends with its standard input, so that it outlives nobody.
"""

import asyncio
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvloop

from sandbox.server import SandboxConfig, serve_sandbox

_ROOT: Final = Path(__file__).parents[2]


@contextmanager
def stand_ins(seed: int, log: Path) -> Generator[str]:
    """Their address, while they run."""
    command = [sys.executable, "-m", "tests.chaos.stand_ins", str(seed)]
    with log.open("ab") as errors:
        process = subprocess.Popen(  # noqa: S603 - this very file
            command,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    try:
        if process.stdout is None:
            raise RuntimeError("the stand-ins have no pipe")
        address = process.stdout.readline().decode().strip()
        if not address:
            raise RuntimeError(f"the stand-ins did not start: see {log}")
        yield address
    finally:
        process.kill()
        process.communicate()


async def _serve(seed: int) -> None:
    async with serve_sandbox(SandboxConfig(seed=seed)) as sandbox:
        sys.stdout.write(f"{sandbox.url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(sys.argv[1])))
