"""An explanation as one HTML file: no script, no request, everything in it escaped."""

from __future__ import annotations

from archive.explaining.explanation import Explanation


def render_page(explanation: Explanation) -> str:
    """Render an explanation as a page that stands by itself.

    What the archived page says stands in it as text only: no address in it can be followed, and a
    content security policy forbids to load anything or to run anything.
    """
    import jinja2  # only a page needs it, and start-up time counts

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("archive.explaining"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("explanation.html.j2").render(explanation=explanation)
