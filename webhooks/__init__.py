"""Webhooks from Parallel: verified, then queued as jobs."""
