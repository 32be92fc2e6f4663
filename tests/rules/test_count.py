"""What `make count` counts, so that its numbers can be believed."""

import ast

import pytest

from tests.rules.count import LONGEST_MODULE, UnknownShapeError, counts, is_protocol, job_kinds


@pytest.mark.parametrize("bases", ["Protocol", "Protocol[T]", "typing.Protocol", "Store, Protocol"])
def test_protocols_are_counted_however_they_are_written(bases: str) -> None:
    assert is_protocol(ast.parse(f"class Port({bases}): ...").body[0])


def test_a_class_that_uses_a_protocol_is_none() -> None:
    assert not is_protocol(ast.parse("class Adapter(Port, ProtocolError): ...").body[0])


def test_a_table_of_jobs_that_is_not_found_is_an_error_rather_than_a_small_number() -> None:
    with pytest.raises(UnknownShapeError):
        job_kinds([])


def test_everything_is_counted() -> None:
    found = {what: count for what, (count, _most) in counts().items()}
    assert found.pop(f"modules over {LONGEST_MODULE} lines") >= 0
    assert all(count > 1 for count in found.values())
