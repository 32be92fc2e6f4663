"""One stand-in and one app for all tests of this folder, as new for each."""

from collections.abc import Iterator

import pytest

from tests.sandbox.slack.driver import App, Slack, running_app, running_slack


@pytest.fixture(scope="session")
def one_app() -> Iterator[App]:
    with running_app() as app:
        yield app


@pytest.fixture(scope="session")
def one_slack() -> Iterator[Slack]:
    with running_slack() as slack:
        yield slack


@pytest.fixture
def app(one_app: App, one_slack: Slack) -> App:
    one_app.slack_url = one_slack.url
    one_app.fresh()
    return one_app


@pytest.fixture
def slack(one_slack: Slack, app: App) -> Slack:
    one_slack.fresh(app)
    return one_slack
