"""From what Parallel found to the thread, once."""
