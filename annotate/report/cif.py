"""The Common Industry Format for usability test reports, filled in as far as the study knows.

Sections after the CIF of ISO/IEC 25062, as NIST's CIF 2.02 lists them; what only people know is left to be filled in.
"""

from __future__ import annotations

from importlib.resources import files

from annotate.charts.chart import Look
from annotate.charts.completion import completion_chart
from annotate.charts.times import times_chart
from annotate.figures.study import StudyFigures
from annotate.report.content import Report


def report_cif(report: Report, figures: StudyFigures) -> str:
    """Writes it as one HTML file, which word processors open as well."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("annotate.report").joinpath("cif.html.j2").read_text("utf-8"))
    charts = [completion_chart(figures, Look()), times_chart(figures, Look())]
    # The charts' own code made the pictures, and escaped the words in them.
    return template.render(r=report, charts=[Markup(one.svg) for one in charts if not one.empty])  # noqa: S704
