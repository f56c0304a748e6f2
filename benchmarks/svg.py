"""Line charts as SVG, written by hand: a few panels side by side, each with axes and a legend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 300
HEIGHT: Final = 240
"""Of a panel's plotting area."""
LEFT: Final = 52
RIGHT: Final = 18
TOP: Final = 40
BOTTOM: Final = 44
"""Room around it for the labels."""
DOT: Final = 2.6
COLOURS: Final = ("#1b6ca8", "#d1495b", "#2e933c", "#8a5a9e")
STYLE: Final = (
    "text{font:11px system-ui,sans-serif;fill:#222}"
    ".title{font-weight:600;font-size:13px}"
    ".grid{stroke:#e2e2e2}.axis{stroke:#555}"
    ".line{fill:none;stroke-width:1.8}"
)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """Points under one name: joined by a line, or left as dots."""

    name: str
    points: Sequence[Point]
    colour: str = COLOURS[0]
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart. Axes run from the first to the last of their ticks."""

    title: str
    x_label: str
    y_label: str
    x_ticks: Sequence[float]
    y_ticks: Sequence[float]
    series: Sequence[Series]
    legend: Point
    """Where the legend begins, in parts of the plotting area from its upper left corner."""

    def place(self, point: Point) -> Point:
        """Where a point lies in the plotting area."""
        (x, y), xs, ys = point, self.x_ticks, self.y_ticks
        across = (x - xs[0]) / (xs[-1] - xs[0])
        up = (y - ys[0]) / (ys[-1] - ys[0])
        return WIDTH * across, HEIGHT * (1 - up)


def chart(panels: Sequence[Panel], columns: int) -> str:
    """An SVG document with the panels in so many columns."""
    rows = -(-len(panels) // columns)
    cell_width, cell_height = LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM
    width, height = columns * cell_width, rows * cell_height
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for index, panel in enumerate(panels):
        row, column = divmod(index, columns)
        at = f"translate({column * cell_width + LEFT},{row * cell_height + TOP})"
        lines.append(f'<g transform="{at}">')
        lines += _axes(panel)
        lines += _curves(panel)
        lines += _legend(panel)
        lines.append("</g>")
    return "\n".join([*lines, "</svg>", ""])


def _axes(panel: Panel) -> Iterator[str]:
    for tick in panel.x_ticks:
        x, _ = panel.place((tick, panel.y_ticks[0]))
        yield f'<line class="grid" x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{HEIGHT}"/>'
        yield _text(x, HEIGHT + 16, f"{tick:g}", "middle")
    for tick in panel.y_ticks:
        _, y = panel.place((panel.x_ticks[0], tick))
        yield f'<line class="grid" x1="0" y1="{y:.1f}" x2="{WIDTH}" y2="{y:.1f}"/>'
        yield _text(-7, y + 4, f"{tick:g}", "end")
    yield f'<path class="axis" fill="none" d="M0 0V{HEIGHT}H{WIDTH}"/>'
    yield f'<text class="title" x="0" y="-22">{escape(panel.title)}</text>'
    yield _text(WIDTH, HEIGHT + 33, panel.x_label, "end")
    yield _text(0, -7, panel.y_label, "start")


def _curves(panel: Panel) -> Iterator[str]:
    for series in panel.series:
        placed = [panel.place(point) for point in series.points]
        if series.dots:
            for x, y in placed:
                yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{DOT}" fill="{series.colour}"/>'
        else:
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
            yield f'<path class="line" stroke="{series.colour}" d="M{path}"/>'


def _legend(panel: Panel) -> Iterator[str]:
    x, y = WIDTH * panel.legend[0], HEIGHT * panel.legend[1]
    for place, series in enumerate(one for one in panel.series if one.name):
        line = y + 15 * place
        if series.dots:
            yield f'<circle cx="{x + 8:.1f}" cy="{line:.1f}" r="{DOT}" fill="{series.colour}"/>'
        else:
            stroke = f'stroke="{series.colour}" stroke-width="1.8"'
            yield f'<line x1="{x:.1f}" y1="{line:.1f}" x2="{x + 16:.1f}" y2="{line:.1f}" {stroke}/>'
        yield _text(x + 21, line + 4, series.name, "start")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
