"""The HTTP app and its server."""
