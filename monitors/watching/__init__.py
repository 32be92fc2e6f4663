"""What people do with monitors: start, cancel, list, move."""
