"""Shared content: edited once, shown on every page that names it."""
