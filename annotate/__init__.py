"""Studies, sessions, observations and issues: the Qt-free domain of Moderato and its store."""
