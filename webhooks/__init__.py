"""Parallel's door: signed webhooks in, durable jobs out."""
