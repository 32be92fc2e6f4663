"""A stateful Slack over real HTTP: Web API, signed requests to the app, OAuth, Block Kit rules."""

from sandbox.slack.seed import DemoWorkspace
from sandbox.slack.settings import SlackSettings
from sandbox.slack.stand_in import SlackStandIn

__all__ = ["DemoWorkspace", "SlackSettings", "SlackStandIn"]
