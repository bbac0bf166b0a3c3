"""Callbacks of the core's threads, as Qt signals on the main thread."""
