"""What the pages do, without widgets."""
