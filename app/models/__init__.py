"""Item models over what the store returns."""
