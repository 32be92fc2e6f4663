"""Pages for the browser: the landing page, installation, and connecting a Parallel account."""
