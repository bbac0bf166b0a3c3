"""Findings as files for other programs."""
