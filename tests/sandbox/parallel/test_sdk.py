"""The official SDK takes the stand-in for Parallel."""

import parallel as sdk
import pytest

from tests.sandbox.parallel.driver import KEY, Parallel


def test_the_official_sdk_works_against_it(parallel: Parallel) -> None:
    client = sdk.Parallel(api_key=KEY, base_url=f"{parallel.url}/parallel", max_retries=0)
    with client:
        monitor = client.monitor.create(
            type="event_stream",
            frequency="1d",
            settings={"query": "q"},
            metadata={"slack_thread_id": "1.2"},
        )
        report = parallel.run({"monitor_id": monitor.monitor_id})
        assert [each.monitor_id for each in client.monitor.list().monitors] == [monitor.monitor_id]
        assert client.monitor.retrieve(monitor.monitor_id).last_run_at
        (event,) = client.monitor.events(monitor.monitor_id).events
        assert event.event_type == "event_stream"
        assert event.event_id == report["event_ids"][0]
        changed = client.monitor.update(
            monitor.monitor_id,
            type="event_stream",
            processor="base",
            settings={"query": "q2", "advanced_settings": {"location": "gb"}},
        )
        assert changed.processor == "base"
        client.monitor.trigger(monitor.monitor_id)
        assert client.monitor.cancel(monitor.monitor_id).status == "cancelled"
        with pytest.raises(sdk.UnprocessableEntityError):
            client.monitor.trigger(monitor.monitor_id)
        with pytest.raises(sdk.NotFoundError):
            client.monitor.retrieve("monitor_of_nobody")
