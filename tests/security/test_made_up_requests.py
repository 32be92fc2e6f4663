"""The app answers made-up requests, valid and not, as docs/openapi.yaml describes."""

# schemathesis leaves the type of its cases open, in what its own checks accept too.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false

from typing import Any, Final

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.flows.world import World
from tests.security.described import DESCRIPTION

pytestmark = pytest.mark.thorough

CHECKS: Final = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


def _schema() -> Any:  # noqa: ANN401 - schemathesis gives a type of its own to what follows
    raw = yaml.safe_load(DESCRIPTION.read_text())
    # Some of what is made up is wrong as HTTP, or at another path.
    for item in raw["paths"].values():
        for operation in item.values():
            for status in ("400", "404", "405"):
                operation["responses"].setdefault(status, {"description": "broken as HTTP"})
    schema = schemathesis.openapi.from_dict(raw)
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    return schema


SCHEMA: Final = _schema()


# The app's own threads roll dice meanwhile, which hypothesis takes for the strategies'.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@SCHEMA.parametrize()
@hypothesis_settings(
    derandomize=True,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.filter_too_much,
        HealthCheck.too_slow,
    ],
)
def test_made_up_requests_are_answered_as_described(case: Case[Any], acme: World) -> None:
    case.call_and_validate(base_url=acme.app_url, checks=CHECKS)
