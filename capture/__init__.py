"""Recording of one session into one bundle. Knows nothing of studies and nothing of Qt."""
