"""Names of files that only exist while a bundle is being written."""

RESERVE = ".reserve"
"""Some megabytes that are given back at the end, so that a bundle can be ended on a full disk."""
PART_SUFFIX = ".part"
"""A file that will take the place of the one without this suffix."""
