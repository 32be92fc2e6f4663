"""Requests to Parallel, checked against its own OpenAPI file."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
from jsonschema_rs import Draft202012Validator

_FACTS: Final = Path(__file__).parent / "contracts" / "facts"
CONTRACT: Final = _FACTS / "monitor_v1.openapi.json"
TASK_CONTRACT: Final = _FACTS / "task_v1.openapi.json"
_PREFIX: Final = "/parallel"
# What Parallel's SDK sends and its older file doesn't name.
_NEWER: Final = {"UpdateMonitorRequest": ["processor"]}

# JSON of a schema nobody here has typed.
Json = Any


def faults_of(file: Path, request: httpx.Request) -> list[str]:
    """What of the request the file's contract does not allow, in words."""
    contract = _contract(file)
    operation = _operation_of(contract, request)
    if operation is None:
        return [f"no such operation: {request.method} {request.url.path}"]
    known = {each["name"]: each["schema"] for each in operation.get("parameters", [])}
    faults: list[str] = []
    for name in request.url.params:
        texts = request.url.params.get_list(name)
        if name not in known:
            faults.append(f"unknown parameter {name}")
        elif not any(not _errors_of(file, known[name], each) for each in _readings_of(texts)):
            faults.append(f"{name}: {texts}")
    body = operation.get("requestBody")
    if body is None:
        return faults + (["an unexpected body"] if request.content not in {b"", b"{}"} else [])
    schema = body["content"]["application/json"]["schema"]
    value = json.loads(request.content)
    named = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    known_fields = {*named["properties"], *_NEWER.get(named.get("title", ""), ())}
    faults += [f"unknown field {name}" for name in value if name not in known_fields]
    return faults + _errors_of(file, schema, value)


def _operation_of(contract: Json, request: httpx.Request) -> Json | None:
    path = request.url.path.removeprefix(_PREFIX)
    for template, operations in contract["paths"].items():
        pattern = re.sub(r"\{\w+\}", r"[^/]+", template)
        if re.fullmatch(pattern, path) and request.method.lower() in operations:
            return operations[request.method.lower()]
    return None


def _errors_of(file: Path, schema: Json, value: Json) -> list[str]:
    return [error.message for error in _validator(file, json.dumps(schema)).iter_errors(value)]


@cache
def _contract(file: Path) -> Json:
    return json.loads(file.read_text())


@cache
def _validator(file: Path, schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": _contract(file)["components"]})


def _readings_of(texts: list[str]) -> list[Json]:
    """A parameter's value as the text, number, truth value or list that it may stand for."""
    one = texts[0]
    words = {"true": True, "false": False}
    single: list[Json] = [words.get(one, int(one) if one.isdigit() else one)]
    return [texts, *(single if len(texts) == 1 else [])]
