"""The hand-written app for Node that stands beside the app, installed when it is first measured."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.bench import known
from tests.bench.plan import ServerOrder
from tests.bench.signed import PARALLEL_SECRET, SLACK_SECRET

_HERE: Final = Path(__file__).with_name("node")
_INSTALL_SECONDS: Final = 120


def install_node() -> str | None:
    """Why Node is not measured; None if it can be."""
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        return "Node isn't measured: there is no node or npm here."
    if (_HERE / "node_modules" / ".package-lock.json").exists():
        return None
    try:
        done = subprocess.run(  # noqa: S603 - npm, our own arguments
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=_HERE,
            check=False,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"Node isn't measured: npm took more than {_INSTALL_SECONDS} seconds."
    if done.returncode:
        return f"Node isn't measured: npm could not install its packages ({_last(done.stderr)})."
    return None


def node_server(order: ServerOrder) -> list[str]:
    secrets = json.dumps({"slack": SLACK_SECRET, "parallel": PARALLEL_SECRET})
    return [_node(), str(_HERE / "served.mjs"), order.model_dump_json(), secrets]


def enqueue_for_node(redis_url: str, numbers: Sequence[int], *, generation: int) -> None:
    """From a process of its own, so that the worker's figure is the worker's."""
    jobs = [(known.monitor_id(number), known.group_id(generation, number)) for number in numbers]
    order = json.dumps({"redis_url": redis_url, "jobs": jobs})
    subprocess.run([_node(), str(_HERE / "enqueue.mjs"), order], check=True)  # noqa: S603 - likewise


def _node() -> str:
    return shutil.which("node") or "node"


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]
