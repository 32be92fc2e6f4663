"""What a person does on the demo's page, and what they look at."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True, slots=True)
class Person:
    """In one channel, with one monitor, which `watch` makes."""

    page: Page
    channel: str
    query: str

    @property
    def card(self) -> Locator:
        """The monitor's first message, in the channel."""
        return self.page.get_by_test_id("message").filter(has_text=self.query)

    @property
    def replies(self) -> Locator:
        """What stands in the open thread below its first message."""
        return self.page.get_by_test_id("thread-message")

    @property
    def monitor(self) -> Locator:
        """The monitor in the Parallel panel."""
        return self.page.get_by_test_id("monitor-row").filter(has_text=self.query)

    def watch(self) -> None:
        """Type /monitor and the query; back once the card says that it is being watched."""
        self.page.get_by_test_id(f"channel-{self.channel}").click()
        box = self.page.get_by_test_id("composer")
        # Until then, keys go elsewhere.
        expect(box).to_be_focused()
        box.press_sequentially(f"/monitor {self.query}")
        box.press("Enter")
        expect(self.card).to_contain_text("Watching")
        expect(self.monitor).to_have_attribute("data-status", "active")

    def open_thread(self) -> None:
        self.card.hover()
        self.card.get_by_test_id("thread-open").click()
        expect(self.page.get_by_test_id("thread-root")).to_contain_text(self.query)

    def make(self, result: str) -> None:
        """Press one of the panel's buttons for the monitor."""
        toggle = self.monitor.get_by_test_id("monitor-toggle")
        if toggle.get_attribute("aria-expanded") != "true":
            toggle.click()
        self.monitor.get_by_test_id(f"make-{result}").click()

    def reply(self, text: str) -> None:
        box = self.page.get_by_test_id("thread-composer")
        box.fill(text)
        box.press("Enter")
