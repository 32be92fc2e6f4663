"""Databases, Redis and encryption, shared by every store."""
