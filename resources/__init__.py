"""Data files of the application, read with `importlib.resources` by `app` alone."""
