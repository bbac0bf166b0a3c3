"""The session on one axis."""
