"""The drawing of a board's wires, as SVG: `drawing_of`. PURE."""

from __future__ import annotations

from collections.abc import Iterator

from edge.boards.format import GROUNDS, PHYSICAL, SUPPLIES, Board
from edge.boards.sheets.words import INPUTS, OUTPUTS, by_wire, chains, driven, wired
from edge.support.escaping import escaped_html

_WIDTH, _TOP, _PITCH, _ROW = 1080, 80, 26, 44
_TITLE = 150
_LEFT, _RIGHT = 510, 550
"""x of the header's two columns."""
_OUT, _IN, _GND, _PLUS, _FREE = "#b3261e", "#0b57d0", "#202124", "#b45309", "#dadce0"

_Label = tuple[int, str, str, str]
"""The physical pin, the colour, and two lines of text."""


def drawing_of(board: Board) -> str:
    """One SVG: what is wired to which pin, the current's way, and what must be done by wire."""
    labels = sorted(_labels(board))
    card, bottom = _card(board, _TOP + 20 * _PITCH + 40)
    below, bottom = _below(board, bottom)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom}" role="img"'
        ' font-family="DejaVu Sans, sans-serif" font-size="13"'
        f' aria-label="{escaped_html(board.name)}: wiring">'
    )
    return "\n".join(
        (
            opening,
            f'<rect width="{_WIDTH}" height="{bottom}" fill="#ffffff"/>',
            *_title(board),
            *_header({pin: colour for pin, colour, _, _ in labels}),
            *_side([label for label in labels if label[0] % 2], _LEFT, -1),
            *_side([label for label in labels if not label[0] % 2], _RIGHT, 1),
            *card,
            *below,
            "</svg>\n",
        )
    )


def _labels(board: Board) -> Iterator[_Label]:
    for name, output in board.outputs.items():
        if output.pin in PHYSICAL:
            yield _label(output.pin, _OUT, f"{OUTPUTS[name]}  ({name})", driven(output))
    for line, wire in board.inputs.items():
        if wire.pin in PHYSICAL:
            yield _label(wire.pin, _IN, f"{INPUTS[line]}  ({line})", wired(wire))
    if board.relay_board is not None:
        yield PHYSICAL[2], _PLUS, "I²C SDA  (relay card)", "GPIO 2, pin 3"
        yield PHYSICAL[3], _PLUS, "I²C SCL  (relay card)", "GPIO 3, pin 5"


def _label(pin: int, colour: str, what: str, how: str) -> _Label:
    return PHYSICAL[pin], colour, what, f"GPIO {pin}, pin {PHYSICAL[pin]}: {how}"


def _title(board: Board) -> Iterator[str]:
    tried = board.verified or "not tried on hardware"
    driven_by = f"{board.computer}; {board.barrier.kind}, driven {board.barrier.drive}; {tried}"
    yield _text(20, 30, f"{board.name}: {driven_by}"[:_TITLE], 'font-size="16" font-weight="bold"')
    yield _text(20, 52, board.about[:_TITLE])


def _header(colours: dict[int, str]) -> Iterator[str]:
    """The forty pins, those that are used in their colour."""
    size = f'x="{_LEFT - 18}" y="{_TOP - 18}" width="76" height="{20 * _PITCH + 10}" rx="6"'
    yield f'<rect {size} fill="#f1f3f4"/>'
    for pin in range(1, 41):
        x, y = (_LEFT if pin % 2 else _RIGHT), _pin_y(pin)
        own = _GND if pin in GROUNDS else _PLUS if pin in SUPPLIES else _FREE
        colour = colours.get(pin) or own
        said = "GND" if pin in GROUNDS else SUPPLIES.get(pin, "")
        yield (
            f'<circle cx="{x}" cy="{y}" r="10" fill="{colour}"><title>pin {pin} {said}</title></circle>'
            + _text(x, y + 4, str(pin), f'font-size="10" text-anchor="middle" fill="{_ink(colour)}"')
        )


def _side(labels: list[_Label], x: int, way: int) -> Iterator[str]:
    """The labels of one column, in the order of their pins and near them, so that no wire crosses another."""
    end, anchor = x + way * 70, "end" if way < 0 else "start"
    for y, (pin, colour, what, how) in zip(
        _rows([_pin_y(label[0]) for label in labels]), labels, strict=True
    ):
        bend = f"{x + way * 30},{_pin_y(pin)} {end - way * 12},{y}"
        yield (
            f'<polyline points="{x + way * 10},{_pin_y(pin)} {bend} {end},{y}" fill="none" stroke="{colour}"'
            ' stroke-width="2"/>'
        )
        yield _text(end + way * 6, y + 1, what, f'font-weight="bold" text-anchor="{anchor}" fill="{colour}"')
        yield _text(end + way * 6, y + 17, how, f'font-size="11" text-anchor="{anchor}"')


def _rows(wanted: list[int]) -> list[int]:
    """Where the labels stand that would like to be at `wanted`: in this order, and none over another."""
    placed: list[int] = []
    for room, y in enumerate(wanted):
        latest = _TOP + 20 * _PITCH - (len(wanted) - room) * _ROW
        placed.append(max(min(y, latest), placed[-1] + _ROW if placed else _TOP))
    return placed


def _card(board: Board, top: int) -> tuple[list[str], int]:
    """The relay card, where there is one, with what each of its relays does."""
    if board.relay_board is None:
        return [], top
    used = sorted((line.relay, OUTPUTS[name], name) for name, line in board.outputs.items() if line.relay)
    height = 36 + 20 * len(used)
    said = f"{board.relay_board.model} on the bus, address {board.relay_board.address:#04x}"
    parts = [_box(top, height, "none"), _text(34, top + 22, said)]
    parts += [
        _text(54, top + 44 + 20 * row, f"relay {relay}: {what}  ({name})", f'fill="{_OUT}"')
        for row, (relay, what, name) in enumerate(used)
    ]
    return parts, top + height + 20


def _below(board: Board, top: int) -> tuple[list[str], int]:
    """The currents' ways, and what must be done by wire."""
    parts = [_text(20, top + 14, "The current's way", 'font-weight="bold"')]
    for links in chains(board):
        parts += _chain(links, top + 26)
        top += 38
    top += 36
    said = by_wire(board)
    height = 34 + 20 * len(said)
    parts.append(_box(top, height, "#fce8e6"))
    parts.append(
        _text(34, top + 22, "Must be wire: it works while the computer is dead", 'font-weight="bold"')
    )
    parts += [_text(34, top + 44 + 20 * row, line) for row, line in enumerate(said)]
    return parts, top + height + 20


def _chain(links: tuple[str, ...], y: int) -> Iterator[str]:
    x = 20
    for number, link in enumerate(links):
        width = 22 + 8 * len(link)
        yield f'<rect x="{x}" y="{y}" width="{width}" height="28" fill="none" stroke="{_GND}"/>'
        yield _text(x + width // 2, y + 19, link, 'text-anchor="middle"')
        if number < len(links) - 1:
            yield f'<path d="M{x + width} {y + 14} h16" stroke="{_GND}" stroke-width="2"/>'
        x += width + 16


def _box(top: int, height: int, fill: str) -> str:
    size = f'x="20" y="{top}" width="{_WIDTH - 40}" height="{height}" rx="6"'
    return f'<rect {size} fill="{fill}" stroke="{_OUT}"/>'


def _pin_y(pin: int) -> int:
    return _TOP + (pin - 1) // 2 * _PITCH


def _ink(colour: str) -> str:
    return "#202124" if colour == _FREE else "#ffffff"


def _text(x: int, y: int, text: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" {more}>{escaped_html(text)}</text>'
