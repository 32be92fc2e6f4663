"""Databases, Redis and sealing, shared by every store."""
