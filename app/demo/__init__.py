"""The demonstration: the whole main job with a scripted participant, on a display and sound server of its own."""
