"""The workspace of the flows, for what needs a whole app."""

from tests.flows.conftest import acme, app, outside, sandbox, settings, world

__all__ = ["acme", "app", "outside", "sandbox", "settings", "world"]
