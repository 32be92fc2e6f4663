"""Whole workspaces: installations, export, uninstall."""
