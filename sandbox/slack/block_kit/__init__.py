"""Slack's Block Kit rules, checked as strictly as they are documented."""
