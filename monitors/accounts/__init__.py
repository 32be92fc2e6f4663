"""Parallel accounts: connect, disconnect, health, the Home tab."""
