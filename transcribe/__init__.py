"""Local transcription of a bundle's sound, in a process of its own. Knows nothing of studies and nothing of Qt."""
