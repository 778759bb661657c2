"""The sheet that an installer prints: drawing, tests, signatures, as one HTML page. PURE."""

from __future__ import annotations

from edge.boards.format import Board
from edge.boards.sheets.drawing import drawing_of
from edge.boards.sheets.steps import steps_of
from edge.support.escaping import escaped_html

_STYLE = """
@page { size: A4; margin: 14mm }
body { font: 10pt/1.35 "DejaVu Sans", sans-serif; color: #202124; margin: 0 auto; max-width: 190mm }
h1 { font-size: 15pt } h2 { font-size: 12pt; break-before: page }
svg { width: 100%; height: auto }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #5f6368; padding: 2mm; text-align: left; vertical-align: top }
thead { display: table-header-group } tr { break-inside: avoid }
td.blank { width: 28mm } td.number { width: 8mm; text-align: right }
p.line { margin-top: 9mm; border-top: 1px solid #202124; padding-top: 1mm }
"""


def sheet_of(board: Board) -> str:
    """The drawing, the tests with room for what was measured, and the signatures."""
    rows = "\n".join(
        f'<tr><td class="number">{number}</td>'
        f"<td>{escaped_html(step.do)}</td><td>{escaped_html(step.expect)}</td>"
        '<td class="blank"></td><td class="blank"></td></tr>'
        for number, step in enumerate(steps_of(board), 1)
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Test sheet: {escaped_html(board.name)}</title>
<style>{_STYLE}</style></head><body>
<h1>Wiring and test of a gate: {escaped_html(board.name)}</h1>
<p>Site: ____________________________ Gate: ____________________________ Date: ______________</p>
{drawing_of(board)}
<h2>Test sheet</h2>
<table><thead><tr><th></th><th>do</th><th>expected</th><th>measured</th><th>signature</th></tr></thead>
<tbody>
{rows}
</tbody></table>
<p class="line">Electrician: name, date, signature</p>
<p class="line">Taken over by: name, date, signature</p>
</body></html>
"""
