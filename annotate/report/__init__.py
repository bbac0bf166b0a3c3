"""The report of a study: read into plain values once (`content`), then written as HTML, PDF, Markdown or JSON."""
