"""Pages: widgets bound to a controller."""
