"""Small line plots as SVG, by hand: three of them are not worth a library."""

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10

_WIDTH, _HEIGHT = 760, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 20, 52, 52
_COLOURS = ("#0b6e99", "#d1495b", "#66a182", "#8d6a9f")
_POINTS = 400  # of a line; more than its pixels show nothing

Line = Sequence[tuple[float, float]]


def plot(title: str, across: str, upwards: str, lines: dict[str, Line], *, log: bool = False) -> str:
    """Draws lines by name; `log`: the upward axis in powers of ten. Gives the SVG document."""
    points = [point for line in lines.values() for point in line]
    right = max((x for x, _ in points), default=1) or 1
    ticks = _powers([y for _, y in points]) if log else _steps(max((y for _, y in points), default=1) or 1)
    low, high = (log10(ticks[0]), log10(ticks[-1])) if log else (0.0, ticks[-1])

    def place(x: float, y: float) -> tuple[float, float]:
        y = log10(max(y, ticks[0])) if log else y
        width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return _LEFT + x / right * width, _TOP + (high - y) / (high - low) * height

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">',
        '<g font-family="sans-serif" font-size="12" fill="#333">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="20" font-size="15">{escape(title)}</text>',
    ]
    for tick in ticks:
        _, y = place(0, tick)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:,g}</text>')
    for tick in _steps(right):
        if tick <= right:
            x, _ = place(tick, ticks[0])
            parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{tick:,g}</text>')
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 12}" text-anchor="end">{escape(across)}</text>')
    parts.append(f'<text x="{_LEFT}" y="{_TOP - 12}" text-anchor="end">{escape(upwards)}</text>')
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        drawn = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in _thinned(line))
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>')
        left = _LEFT + 8 + number * 220
        parts.append(f'<rect x="{left}" y="{_TOP - 22}" width="14" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{left + 20}" y="{_TOP - 16}">{escape(name)}</text>')
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _thinned(line: Line) -> Line:
    step = max(1, len(line) // _POINTS)
    return [*line[::step], *line[-1:]]


def _steps(most: float) -> list[float]:
    """Return about five round numbers from 0 to at least so much."""
    rough = most / 5
    power = 10 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return [step * number for number in range(ceil(most / step) + 1)]


def _powers(values: Sequence[float]) -> list[float]:
    least = min((value for value in values if value > 0), default=0.1)
    return [10.0**power for power in range(floor(log10(least)), max(ceil(log10(max(values, default=1))), 1) + 1)]
