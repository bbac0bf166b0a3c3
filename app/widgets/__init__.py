"""Widgets that know nothing of the store."""
