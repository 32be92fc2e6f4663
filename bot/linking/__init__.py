"""The pages on which an admin links the workspace's Parallel account."""
