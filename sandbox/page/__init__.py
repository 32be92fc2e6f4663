"""The demo page: a small Slack beside a panel that makes things happen at Parallel."""

from sandbox.page.routes import page_routes

__all__ = ["page_routes"]
