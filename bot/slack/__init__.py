"""Requests from Slack, and calls to its API."""
