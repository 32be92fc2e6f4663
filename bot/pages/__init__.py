"""Pages for the admin's browser: what this is, adding it to Slack, and how that ended."""
