"""Durable work: intents, the queue and the runner."""
