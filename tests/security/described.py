"""The doors as docs/openapi.yaml describes them, which a test holds to the app's own routes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import yaml

DESCRIPTION: Final = Path(__file__).parents[2] / "docs" / "openapi.yaml"
METHODS: Final = frozenset({"get", "post", "put", "patch", "delete", "options", "head", "trace"})

_Operation = dict[str, object]


@dataclass(frozen=True, slots=True)
class DescribedDoor:
    """One path: the methods it takes, and the names of what it reads from queries."""

    path: str
    methods: frozenset[str]
    queries: tuple[str, ...]

    @property
    def takes(self) -> list[bytes]:
        """With HEAD, which goes where GET goes."""
        heads = {"HEAD"} if "GET" in self.methods else set[str]()
        return sorted(method.encode() for method in self.methods | heads)

    @property
    def name(self) -> str:
        return f"{', '.join(sorted(self.methods))} {self.path}"


def described_doors() -> list[DescribedDoor]:
    raw = yaml.safe_load(DESCRIPTION.read_text())
    paths = cast("dict[str, dict[str, _Operation]]", raw["paths"])
    return [_door(path, item) for path, item in paths.items()]


def _door(path: str, item: dict[str, _Operation]) -> DescribedDoor:
    operations = {name: each for name, each in item.items() if name in METHODS}
    parameters = [
        parameter
        for operation in operations.values()
        for parameter in cast("list[dict[str, str]]", operation.get("parameters", []))
    ]
    queries = tuple(each["name"] for each in parameters if each["in"] == "query")
    return DescribedDoor(path, frozenset(map(str.upper, operations)), queries)
