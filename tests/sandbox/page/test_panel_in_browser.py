"""The Parallel panel as a person uses it, in real Chromium."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from sandbox.server import DEMO_ACCOUNT
from tests.sandbox.page.door import AppDoor

pytestmark = pytest.mark.browser


@pytest.fixture
def monitor_id(http: httpx.Client, door: AppDoor) -> str:
    """A monitor at Parallel whose webhooks come to the door."""
    answer = http.post(
        "/parallel/v1/monitors",
        headers={"x-api-key": DEMO_ACCOUNT.api_key},
        json={
            "type": "event_stream",
            "frequency": "1d",
            "settings": {"query": "latest AI research papers"},
            "webhook": {
                "url": f"{door.url}/webhooks",
                "event_types": [
                    "monitor.event.detected",
                    "monitor.execution.completed",
                    "monitor.execution.failed",
                ],
            },
        },
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["monitor_id"])


@pytest.mark.parametrize(
    ("button", "kinds"),
    [
        ("make-finding", ["monitor.event.detected"]),
        ("make-doubled", ["monitor.event.detected", "monitor.event.detected"]),
        ("make-nothing", ["monitor.execution.completed"]),
        ("make-failed", ["monitor.execution.failed"]),
    ],
)
def test_the_panel_makes_things_happen_at_parallel(
    page: Page, door: AppDoor, monitor_id: str, button: str, kinds: list[str]
) -> None:
    row = page.locator(f'[data-testid="monitor-row"][data-monitor-id="{monitor_id}"]')
    expect(row).to_contain_text("latest AI research papers")
    row.get_by_test_id(button).click()

    for kind in kinds:
        assert door.next(kind)["headers"]["webhook-signature"].startswith("v1,")
    deliveries = page.get_by_test_id("deliveries").get_by_role("listitem")
    expect(deliveries.filter(has_text=kinds[0].removeprefix("monitor.")).first).to_contain_text(
        "200"
    )


def test_a_fault_is_switched_on_and_off(page: Page, http: httpx.Client) -> None:
    switch = page.get_by_test_id("fault-slack-429")
    other = page.get_by_test_id("fault-slack-500")
    other.click()
    expect(other).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    other.click()
    expect(other).to_have_attribute("aria-pressed", "false")

    assert http.post("/slack/api/api.test").status_code == 429
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    assert http.post("/slack/api/api.test").status_code == 200


def test_the_clock_runs_as_fast_as_one_says(page: Page, http: httpx.Client) -> None:
    page.get_by_test_id("speed-60").click()

    expect(page.get_by_test_id("speed-60")).to_have_attribute("aria-pressed", "true")
    assert http.get("/control/parallel/state").json()["speed"] == 60


def test_on_a_phone_the_parts_are_tabs(page: Page, monitor_id: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_test_id("composer")).to_be_visible()
    expect(page.get_by_test_id("monitor-row")).to_be_hidden()
    page.get_by_role("button", name="Parallel", exact=True).click()

    expect(page.get_by_test_id("monitor-row")).to_be_visible()
    expect(page.get_by_test_id("monitor-row")).to_have_attribute("data-monitor-id", monitor_id)
    expect(page.get_by_test_id("composer")).to_be_hidden()
    width: int = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
