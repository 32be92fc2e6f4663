"""Everything that faces Slack."""
