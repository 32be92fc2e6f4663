"""Slack's door and API."""
