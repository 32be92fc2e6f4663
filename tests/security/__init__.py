"""Bad requests by the ten thousand, borders, secrets: `python -m tests.security` prints a table."""
