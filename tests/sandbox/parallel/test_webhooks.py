"""What is sent where, how it is signed, and when it is sent again."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from tests.sandbox.parallel.driver import (
    EVENT_TYPES,
    SECRET,
    Hook,
    Json,
    Parallel,
    Receiver,
    wait_until,
)


def subscribe(parallel: Parallel, receiver: Receiver, **changes: Json) -> Json:
    webhook = {"url": receiver.url, "event_types": EVENT_TYPES}
    return parallel.create(
        **{"webhook": webhook, "metadata": {"slack_thread_id": "1.2"}, **changes}
    )


def arrived(receiver: Receiver, count: int = 1) -> list[Hook]:
    wait_until(lambda: len(receiver.hooks) >= count)
    return receiver.hooks


def signatures(hook: Hook) -> list[str]:
    return hook.headers["webhook-signature"].split(" ")


def signed_with(hook: Hook, key: bytes) -> bool:
    signed = f"{hook.headers['webhook-id']}.{hook.headers['webhook-timestamp']}.".encode()
    digest = hmac.new(key, signed + hook.body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}" in signatures(hook)


def quiet(parallel: Parallel, receiver: Receiver, count: int) -> None:
    """Another webhook, sent later, arrives: nothing else was on its way."""
    marker = parallel.run(subscribe(parallel, receiver), result="nothing")["webhook_ids"][0]
    wait_until(lambda: marker in [hook.headers["webhook-id"] for hook in receiver.hooks])
    assert len(receiver.hooks) == count + 1


def test_a_detected_webhook_is_thin_and_signed(parallel: Parallel, receiver: Receiver) -> None:
    monitor = subscribe(parallel, receiver)
    report = parallel.run(monitor)
    (hook,) = arrived(receiver)
    body = json.loads(hook.body)
    assert body["type"] == "monitor.event.detected"
    assert body["data"] == {
        "monitor_id": monitor["monitor_id"],
        "event": {"event_group_id": report["event_group_id"]},
        "metadata": {"slack_thread_id": "1.2"},
    }
    assert hook.headers["webhook-id"] == report["webhook_ids"][0]
    assert abs(int(hook.headers["webhook-timestamp"]) - time.time()) < 60
    assert signed_with(hook, SECRET.encode())


def test_completed_and_failed_webhooks_have_their_documented_form(
    parallel: Parallel, receiver: Receiver
) -> None:
    monitor = subscribe(parallel, receiver)
    parallel.run(monitor, result="nothing")
    arrived(receiver)
    parallel.run(monitor, result="failed", error="Payment required")
    completed, failed = (json.loads(hook.body) for hook in arrived(receiver, 2))
    assert completed["type"] == "monitor.execution.completed"
    assert completed["data"]["event"]["type"] == "completion"
    assert completed["data"]["event"]["monitor_ts"].startswith("completed_")
    assert failed["type"] == "monitor.execution.failed"
    assert failed["data"]["event"]["error"] == "Payment required"
    assert failed["data"]["event"].keys() == {"type", "error", "id", "date"}


def test_only_subscribed_types_are_sent(parallel: Parallel, receiver: Receiver) -> None:
    webhook = {"url": receiver.url, "event_types": ["monitor.execution.failed"]}
    monitor = subscribe(parallel, receiver, webhook=webhook)
    assert parallel.run(monitor)["webhook_ids"] == []
    quiet(parallel, receiver, 0)


def test_several_secrets_sign_while_they_rotate_and_the_key_may_be_read_as_base64(
    parallel: Parallel, receiver: Receiver
) -> None:
    new = "whsec_bmV3LXNlY3JldA=="
    change: Json = {"webhook_secrets": [new, SECRET], "key_reading": "base64"}
    assert parallel.control.patch("/accounts/acme", json=change).status_code == 200
    parallel.run(subscribe(parallel, receiver))
    (hook,) = arrived(receiver)
    assert len(signatures(hook)) == 2
    assert signed_with(hook, b"new-secret")
    assert signed_with(hook, base64.b64decode(SECRET.removeprefix("whsec_")))
    assert not signed_with(hook, SECRET.encode())


def test_a_webhook_is_tried_again_with_the_same_id_until_it_is_taken(
    parallel: Parallel, receiver: Receiver
) -> None:
    receiver.status = 500
    parallel.run(subscribe(parallel, receiver))
    arrived(receiver)
    (tried,) = wait_until(lambda: parallel.state()["deliveries"])
    assert (tried["attempt"], tried["status"]) == (1, 500)
    assert tried["next_attempt_at"]
    parallel.control.put("/clock", json={"advance_seconds": 5.5})
    wait_until(lambda: len(parallel.state()["deliveries"]) == 2)
    receiver.status = 204
    parallel.control.put("/clock", json={"advance_seconds": 10.5})
    arrived(receiver, 3)
    wait_until(lambda: len(parallel.state()["deliveries"]) == 3)
    assert len({hook.headers["webhook-id"] for hook in receiver.hooks}) == 1
    assert parallel.state()["deliveries"][-1]["next_attempt_at"] is None


@pytest.mark.parametrize("status", [301, 404, 429])
def test_anything_but_a_2xx_is_tried_again(
    parallel: Parallel, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    parallel.run(subscribe(parallel, receiver))
    (tried,) = wait_until(lambda: parallel.state()["deliveries"])
    assert tried["next_attempt_at"]


def test_trying_ends_after_48_hours(parallel: Parallel, receiver: Receiver) -> None:
    receiver.status = 503
    # Time passes only as the test says, however long it takes.
    parallel.control.put("/clock", json={"speed": 0})
    parallel.run(subscribe(parallel, receiver, frequency="30d"))
    for attempt in range(1, 17):
        wait_until(lambda n=attempt: len(parallel.state()["deliveries"]) == n)
        parallel.control.put("/clock", json={"advance_seconds": 5 * 2 ** (attempt - 1) + 0.1})
    last = parallel.state()["deliveries"][-1]
    assert (last["attempt"], last["next_attempt_at"]) == (16, None)


def test_nobody_listening_is_an_error_and_tried_again(parallel: Parallel) -> None:
    webhook = {"url": "http://127.0.0.1:9/hook", "event_types": EVENT_TYPES}
    parallel.run(parallel.create(webhook=webhook))
    (tried,) = wait_until(lambda: parallel.state()["deliveries"])
    assert tried["status"] is None
    assert "ConnectError" in tried["error"]
    assert tried["next_attempt_at"]


def test_webhooks_stay_on_this_machine_unless_told_otherwise(parallel: Parallel) -> None:
    webhook = {"url": "https://example.com/hook", "event_types": EVENT_TYPES}
    parallel.run(parallel.create(webhook=webhook))
    (tried,) = wait_until(lambda: parallel.state()["deliveries"])
    assert "beyond this machine" in tried["error"]


def test_a_doubled_webhook_comes_twice_with_one_id(parallel: Parallel, receiver: Receiver) -> None:
    parallel.run(subscribe(parallel, receiver), webhook="doubled")
    one, two = arrived(receiver, 2)
    assert one.headers["webhook-id"] == two.headers["webhook-id"]
    assert one.body == two.body


def test_a_late_webhook_comes_when_its_time_has_come(
    parallel: Parallel, receiver: Receiver
) -> None:
    monitor = subscribe(parallel, receiver)
    parallel.run(monitor, webhook="late", late_seconds=900)
    quiet(parallel, receiver, 0)
    assert parallel.events(monitor)["events"]
    parallel.control.put("/clock", json={"advance_seconds": 901})
    arrived(receiver, 2)


def test_a_lost_webhook_never_comes_though_the_event_exists(
    parallel: Parallel, receiver: Receiver
) -> None:
    monitor = subscribe(parallel, receiver)
    assert parallel.run(monitor, webhook="lost")["webhook_ids"] == []
    quiet(parallel, receiver, 0)
    assert parallel.events(monitor)["events"]


def test_a_forged_webhook_has_a_wrong_signature_and_is_not_tried_again(
    parallel: Parallel, receiver: Receiver
) -> None:
    receiver.status = 401
    parallel.run(subscribe(parallel, receiver), webhook="forged")
    (hook,) = arrived(receiver)
    assert not signed_with(hook, SECRET.encode())
    (tried,) = wait_until(lambda: parallel.state()["deliveries"])
    assert tried["next_attempt_at"] is None


def test_a_stale_webhook_is_ten_minutes_old_but_truly_signed(
    parallel: Parallel, receiver: Receiver
) -> None:
    parallel.run(subscribe(parallel, receiver), webhook="stale")
    (hook,) = arrived(receiver)
    assert time.time() - int(hook.headers["webhook-timestamp"]) > 590
    assert signed_with(hook, SECRET.encode())


def test_the_group_is_called_as_the_settings_say(parallel: Parallel, receiver: Receiver) -> None:
    parallel.settle(webhook_group_field="monitor_group_id")
    monitor = subscribe(parallel, receiver)
    group = parallel.run(monitor)["event_group_id"]
    arrived(receiver)
    alpha = parallel.run(monitor, webhook="v1alpha_shape")["event_group_id"]
    events = [json.loads(hook.body)["data"]["event"] for hook in arrived(receiver, 2)]
    assert events == [{"monitor_group_id": group}, {"type": "event", "event_group_id": alpha}]


def test_timestamps_are_real_however_fast_the_sandbox_runs(
    parallel: Parallel, receiver: Receiver
) -> None:
    parallel.control.put("/clock", json={"advance_seconds": 86400})
    parallel.run(subscribe(parallel, receiver))
    (hook,) = arrived(receiver)
    assert abs(int(hook.headers["webhook-timestamp"]) - time.time()) < 60
