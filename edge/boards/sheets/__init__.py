"""A board on paper: the drawing of its wires (SVG), and the sheet by which an installer tests it (HTML), both
computed from the board. PURE.
"""

from edge.boards.sheets.drawing import drawing_of
from edge.boards.sheets.sheet import sheet_of

__all__ = ["drawing_of", "sheet_of"]
