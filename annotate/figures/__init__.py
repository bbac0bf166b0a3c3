"""The figures of a study: what was measured, how sure that is, and what follows for the backlog."""
