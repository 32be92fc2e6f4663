"""Workspaces as wholes: installations, export, uninstall."""
