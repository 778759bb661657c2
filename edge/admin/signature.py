"""Draws what somebody signed on a gate's tablet, for who has to show that they did."""

from __future__ import annotations

from edge.enrolling import ConsentPaper
from edge.signing.cose import instant
from edge.support.escaping import escaped_html

_WIDE, _HIGH, _LINE = 1_000, 1_000, 40


def signature_svg(paper: ConsentPaper) -> bytes:
    """The signature as a picture (SVG), with what was signed, when and before whom below it."""
    lines = [
        f"{paper.subject}, text {paper.wording} ({paper.language})",
        f"{instant(paper.at):%Y-%m-%d %H:%M} UTC, before {paper.staff}",
    ]
    if paper.typed:
        lines.insert(0, f"typed: {paper.typed}")
    if paper.guardian is not None:
        lines.append(f"signed by {paper.guardian.name}, {paper.guardian.relation}")
    drawn = "".join(
        f'<polyline points="{" ".join(f"{x},{y}" for x, y in (stroke[0], *stroke))}"/>'
        for stroke in paper.strokes
    )
    low = max((y for stroke in paper.strokes for _, y in stroke), default=0)
    said = "".join(
        f'<text x="0" y="{low + (number + 2) * _LINE}">{escaped_html(line)}</text>'
        for number, line in enumerate(lines)
    )
    high = min(low, _HIGH) + (len(lines) + 2) * _LINE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-20 -20 {_WIDE + 40} {high + 40}" font-size="28" '
        f'font-family="sans-serif"><rect x="-20" y="-20" width="100%" height="100%" fill="white"/>'
        f'<g fill="none" stroke="black" stroke-width="6" stroke-linecap="round">{drawn}</g>{said}</svg>\n'
    ).encode()
