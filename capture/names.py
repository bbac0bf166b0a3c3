"""Names of files that only exist while a bundle is being written, and numbers of streams."""

RESERVE = ".reserve"
"""Some megabytes that are given back at the end, so that a bundle can be ended on a full disk."""
PART_SUFFIX = ".part"
"""A file that will take the place of the one without this suffix."""
STREAM_IDS = {"screen": 1, "mic": 2, "input": 3, "system": 4, "camera": 5, "window": 6}
