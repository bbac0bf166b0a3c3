"""From issues to the tracker where the team works: one plan, then just that plan carried out, for every target.

The study's issues become `Finding`s (`finding`), a target turns those into its own fields and compares them with what
was sent before and with what is in the tracker now (`plan`), and carries the plan out (`tracker`, `files`). What was
sent is kept in the study (`links`), written before and after each request, so that a second run never makes a
duplicate. Facts about the trackers' programming interfaces are from their makers' own descriptions, named where used.
"""
