"""Stand-ins for Slack and Parallel: what `threadwatch demo` runs and what the tests talk to."""
