"""The webhook secret and its test: a real delivery proves that Parallel signs with it."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import cast
from uuid import uuid4

import httpx
import pytest

from monitors.model.streaks import TELLING
from monitors.settings import Settings
from tests.first import first
from tests.flows.connecting import Account, Browser, browser, open_account, words_of
from tests.flows.home import Home
from tests.flows.world import Json, Thread, World

CHECK = "/parallel/check"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"parallel_api_key": None, "parallel_webhook_secret": None})


@dataclass(frozen=True, slots=True)
class Step:
    """An admin who has linked an account and has a monitor on it already."""

    world: World
    admin: Browser
    account: Account
    thread: Thread
    monitor_id: str

    def give(self, secret: str) -> httpx.Response:
        return self.admin.post("/parallel/webhook", {"secret": secret})

    def until_check(self, words: str) -> httpx.Response:
        def look() -> httpx.Response | None:
            page = self.admin.get(CHECK)
            return page if words in words_of(page) else None

        return self.world.until(look)


@pytest.fixture
def step(outside: World) -> Generator[Step]:
    world, account = outside.workspace(f"w{uuid4().hex[:8]}"), open_account(outside)
    with browser(world) as admin:
        admin.install_and_start()
        admin.link(account)
        thread, monitor_id = world.watch("new papers on fusion")
        # The first run's own webhook has come: a check sees only what comes after it began.
        world.until(lambda: "checked " in world.card_text(thread))
        yield Step(world, admin, account, thread, monitor_id)
    outside.calm()


@pytest.mark.parametrize("encoding", ["raw", "base64"])
def test_a_test_webhook_proves_the_secret_and_is_never_posted(step: Step, encoding: str) -> None:
    step.world.change(f"/control/parallel/accounts/{step.account.name}", key_reading=encoding)
    assert step.give(step.account.secret).headers["location"] == CHECK
    page = step.until_check("Secret verified")
    assert 'href="/parallel/done"' in page.text
    assert "http-equiv" not in page.text
    # Whatever the test webhook would have begotten comes before what a later run begets.
    step.world.run(step.monitor_id)
    step.world.until(lambda: step.world.replies(step.thread))
    assert len(step.world.replies(step.thread)) == 1
    assert "the last one arrived" in words_of(step.admin.get("/parallel/done"))


def test_a_wrong_secret_is_told_and_the_right_one_taken_then(step: Step) -> None:
    step.give("whsec_wrong_wrong")
    page = step.until_check("The secret doesn't match")
    assert "Copy the whole secret again" in words_of(page)
    step.give(step.account.secret)
    step.until_check("Secret verified")


def test_after_a_wrong_secret_one_may_go_on_without(step: Step) -> None:
    step.give("whsec_wrong_wrong")
    step.until_check("The secret doesn't match")
    answer = step.admin.post(CHECK, {})
    assert answer.headers["location"] == CHECK
    page = step.until_check("The secret doesn't match")
    # To skip would keep the wrong one.
    assert "Skip for now" not in words_of(page)
    csrf = page.text.partition('name="csrf" value="')[2][:64]
    left = step.admin.client.post("/parallel/webhook", data={"csrf": csrf, "action": "without"})
    assert left.headers["location"] == "/parallel/done"
    assert "double-checks each message" in words_of(step.admin.get("/parallel/done"))
    step.world.run(step.monitor_id)
    step.world.until(lambda: step.world.replies(step.thread))


def test_a_webhook_signed_with_the_secret_before_is_told_as_such(step: Step) -> None:
    step.give(step.account.secret)
    step.until_check("Secret verified")
    step.give("whsec_not_yet_at_parallel")
    page = step.until_check("Signed with the old secret")
    assert "Skip for now" in words_of(page)
    assert "works for 48 hours" in words_of(page)


def test_where_no_test_webhook_can_be_had_the_first_real_one_decides(step: Step) -> None:
    step.world.fault("parallel", "status:404", match="POST *simulate_event")
    step.give(step.account.secret)
    page = step.admin.get(CHECK)
    assert "the first real webhook will tell" in words_of(page)
    assert 'content="3; url=/parallel/check?look=1"' in page.text
    step.world.run(step.monitor_id)
    step.until_check("Secret verified")


def test_a_page_that_waited_long_enough_says_what_to_do(step: Step) -> None:
    step.world.fault("parallel", "500", match="POST *simulate_event")
    step.give(step.account.secret)
    for look in ("20", "999", "x", "-1", "9" * 50):
        page = step.admin.get(CHECK, look=look)
        assert page.status_code == 200
        assert "http-equiv" not in page.text
        # The secret is right: where a webhook came in the meantime, the page says that.
        words = words_of(page)
        assert "Test again" in words or "Secret verified" in words


@pytest.mark.parametrize(
    "secret", first(2, ["", "schlüssel-schlüssel", "short", "two words here", "x" * 201])
)
def test_what_is_no_secret_is_told_beside_the_field(step: Step, secret: str) -> None:
    answer = step.give(secret)
    assert answer.status_code == 422
    assert "That isn't a webhook secret" in words_of(answer)
    assert secret == "" or secret not in answer.text


def test_later_is_allowed_and_says_what_it_means(step: Step) -> None:
    assert 'href="/parallel/done"' in step.admin.get("/parallel/webhook").text
    assert "double-checks each message" in words_of(step.admin.get("/parallel/done"))
    # There is nothing to check then.
    assert step.admin.get(CHECK).headers["location"] == "/parallel/webhook"


def test_a_check_is_another_workspaces_to_see_never(step: Step, outside: World) -> None:
    step.give(step.account.secret)
    step.until_check("Secret verified")
    other = replace(outside.workspace(f"w{uuid4().hex[:8]}"))
    with browser(other) as stranger:
        stranger.install_and_start()
        for path in ("/parallel/webhook", CHECK, "/parallel/done"):
            answer = stranger.get(path)
            assert answer.status_code == 303
            assert step.account.api_key[-4:] not in answer.text


def until_told(step: Step) -> None:
    """Five webhooks that match no secret: that is no accident."""
    for _ in range(TELLING):
        step.world.run(step.monitor_id)
    step.world.until(lambda: direct(step.world) or None)


def direct(world: World) -> list[str]:
    """What the app wrote to people alone about webhooks."""
    wrote = cast("dict[str, list[Json]]", world.state()["messages"])
    texts = [str(each["text"]) for place in wrote if place[0] == "D" for each in wrote[place]]
    return [each for each in texts if "webhooks don't match" in each]


def test_a_wrong_secret_is_told_to_people_once_and_its_end_too(step: Step) -> None:
    home = Home(step.world, step.world.user)
    step.give("whsec_wrong_wrong")
    step.until_check("The secret doesn't match")
    until_told(step)
    words = home.open()
    assert "Webhooks don't match the webhook secret" in words
    assert "choose *Rotate webhook secret* below" in words
    step.world.command("/help")
    step.world.until(
        lambda: any("Webhooks don't match the webhook" in each for each in step.world.whispers())
    )
    # The streak goes on, and is told once.
    until_told(step)
    assert len(direct(step.world)) == 1
    home.press("Rotate webhook secret")
    home.until_modal("Webhook secret")
    home.submit({"secret": "whsec_also_wrong"})
    home.until_modal("The secret doesn't match")
    home.close()
    home.press("Rotate webhook secret")
    home.until_modal("Webhook secret")
    home.submit({"secret": step.account.secret})
    home.until_modal("Secret verified")
    home.until("Webhooks match the webhook secret again", "Last verified webhook")
    assert len(direct(step.world)) == 1
