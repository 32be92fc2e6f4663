"""Signatures: what is accepted in both readings, and that nothing else is."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.webhooks.door import NOW, OLD_SECRET, SECRET, base64_key, raw_key, signature, signed
from webhooks.signature import (
    MissingHeaderError,
    SignatureError,
    StaleTimestampError,
    Verified,
    verify,
)

BODY: Final = b'{"type": "monitor.event.detected"}'
BODIES: Final = st.binary(max_size=300)
KEYS: Final = st.binary(min_size=1, max_size=64)
# What a header may hold: printable, no spaces at its ends.
IDS: Final = st.from_regex(r"[!-~]([ -~]{0,30}[!-~])?", fullmatch=True)
SECRETS: Final = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)


def check(body: bytes, headers: Mapping[str, str], *secrets: str, now: float = NOW) -> Verified:
    return verify(body, headers, secrets, now=now)


@given(BODIES, SECRETS, IDS)
def test_any_body_signed_with_any_secrets_own_bytes_is_accepted(
    body: bytes, secret: str, webhook_id: str
) -> None:
    headers = signed(body, key=secret.encode(), webhook_id=webhook_id)
    assert check(body, headers, secret) == Verified("raw")


@given(BODIES, KEYS, st.booleans(), st.booleans())
def test_any_body_signed_with_the_bytes_a_secret_stands_for_is_accepted(
    body: bytes, key: bytes, has_prefix: bool, has_padding: bool
) -> None:
    text = b64encode(key).decode()
    secret = ("whsec_" if has_prefix else "") + (text if has_padding else text.rstrip("="))
    assert check(body, signed(body, key=key), secret) == Verified("base64")


@given(BODIES.filter(bool), st.data())
def test_a_body_with_any_one_byte_changed_is_refused(body: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != body[at]))
    changed = body[:at] + bytes([byte]) + body[at + 1 :]
    for key in (raw_key(SECRET), base64_key(SECRET)):
        with pytest.raises(SignatureError):
            check(changed, signed(body, key=key), SECRET)


@given(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.data())
def test_a_header_with_any_one_character_changed_is_refused(name: str, data: st.DataObject) -> None:
    headers = signed(BODY)
    at = data.draw(st.integers(0, len(headers[name]) - 1))
    new = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    assume(new != headers[name][at])
    headers[name] = headers[name][:at] + new + headers[name][at + 1 :]
    with pytest.raises(SignatureError):
        check(BODY, headers, SECRET)


@given(SECRETS, SECRETS)
def test_another_secret_does_not_do(mine: str, theirs: str) -> None:
    assume(mine != theirs)
    headers = signed(BODY, key=theirs.encode())
    with pytest.raises(SignatureError):
        check(BODY, headers, f"{mine}, not {theirs}")


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=200))
def test_no_headers_whatever_raise_anything_but_a_signature_error(
    webhook_id: str, timestamp: str, entries: str
) -> None:
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": entries,
    }
    with pytest.raises(SignatureError):
        check(BODY, headers, SECRET)
    headers |= {"webhook-timestamp": str(NOW), "webhook-signature": f"v1,{entries}"}
    with pytest.raises(SignatureError):
        check(BODY, headers, SECRET)


@pytest.mark.parametrize("secret", [OLD_SECRET, SECRET])
def test_each_of_several_secrets_may_sign(secret: str) -> None:
    headers = signed(BODY, key=raw_key(secret))
    assert check(BODY, headers, OLD_SECRET, SECRET).encoding == "raw"


def test_each_of_several_signatures_may_match() -> None:
    headers = signed(BODY)
    headers["webhook-signature"] = f"v1a,xyz v1,AAAA v2,x {headers['webhook-signature']} v1,"
    assert check(BODY, headers, SECRET) == Verified("raw")


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_",)])
def test_no_secret_or_an_empty_one_matches_nothing(secrets: tuple[str, ...]) -> None:
    with pytest.raises(SignatureError):
        check(BODY, signed(BODY, key=b""), *secrets)


@pytest.mark.parametrize("offset", [-300, -299, 0, 299, 300])
def test_a_clock_up_to_five_minutes_off_is_accepted(offset: int) -> None:
    assert check(BODY, signed(BODY, timestamp=NOW + offset), SECRET)


@pytest.mark.parametrize("offset", [-(10**9), -301, 301, 10**9])
def test_a_timestamp_further_off_is_stale_either_way(offset: int) -> None:
    with pytest.raises(StaleTimestampError):
        check(BODY, signed(BODY, timestamp=NOW + offset), SECRET)


@pytest.mark.parametrize(
    "timestamp",
    ["soon", "1e9", "-1", "1_760_000_000", "\uff11\uff17\uff16", "1760000000.5", "9" * 5000, "+1"],
)
def test_a_timestamp_that_is_no_number_is_malformed(timestamp: str) -> None:
    with pytest.raises(SignatureError):
        check(BODY, signed(BODY, timestamp=timestamp), SECRET)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_each_header_is_needed(name: str, value: str | None) -> None:
    headers = signed(BODY)
    del headers[name]
    if value is not None:
        headers[name] = value
    with pytest.raises(MissingHeaderError):
        check(BODY, headers, SECRET)


@pytest.mark.parametrize("entries", ["v2,abc", "abc", "V1,abc", "v1"])
def test_a_signature_of_no_known_version_is_malformed(entries: str) -> None:
    headers = {**signed(BODY), "webhook-signature": entries}
    with pytest.raises(SignatureError):
        check(BODY, headers, SECRET)


def test_a_signature_known_from_the_specification_is_accepted() -> None:
    # The example of the Standard Webhooks libraries' own tests.
    body = b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert check(body, headers, secret, now=1_614_265_330).encoding == "base64"
    key = base64_key(secret)
    own = signature(body, key, webhook_id=headers["webhook-id"], timestamp=1_614_265_330)
    assert own == headers["webhook-signature"]
