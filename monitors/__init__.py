"""The heart: what a monitor is and what is done for it, knowing neither Slack nor HTTP."""
