"""Slack's door and face."""
