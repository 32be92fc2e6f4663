"""Parallel's Monitor API: the client behind the monitor ports."""
