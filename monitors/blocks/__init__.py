"""What people see: pure functions from domain values to Slack messages and views."""
