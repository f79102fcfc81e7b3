"""Distributions as SVG: one dot for each measurement, a line through the middle one."""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from xml.sax.saxutils import escape

_WIDTH, _LEFT, _RIGHT, _TOP, _LANE = 760, 110, 30, 46, 84
_COLOURS = ("#1f6feb", "#d1242f", "#6e7781")


def strip_plot(title: str, unit: str, series: Mapping[str, Sequence[float]]) -> str:
    """Return a picture of each series as a strip of dots over one axis that begins at 0."""
    most = max(max(values) for values in series.values()) * 1.05
    height = _TOP + _LANE * len(series) + 44

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * value / most

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="26" font-size="16" fill="#1f2328">{escape(title)}, {escape(unit)}</text>',
        *_axis(height - 34, most, x),
    ]
    for lane, (name, values) in enumerate(series.items()):
        middle, colour = _TOP + _LANE * (lane + 0.5), _COLOURS[lane % len(_COLOURS)]
        parts.append(
            f'<text x="{_LEFT - 12}" y="{middle + 5:.0f}" font-size="14" text-anchor="end" fill="{colour}">'
            f"{escape(name)}</text>"
        )
        for number, value in enumerate(values):
            spread = (number * 0.618 % 1 - 0.5) * _LANE * 0.6  # apart from each other, the same in every run
            parts.append(
                f'<circle cx="{x(value):.1f}" cy="{middle + spread:.1f}" r="2.5" fill="{colour}" fill-opacity="0.35"/>'
            )
        centre = median(values)
        parts.append(
            f'<line x1="{x(centre):.1f}" x2="{x(centre):.1f}" y1="{middle - _LANE * 0.4:.0f}" '
            f'y2="{middle + _LANE * 0.4:.0f}" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{x(centre) + 5:.1f}" y="{middle - _LANE * 0.32:.0f}" font-size="12" fill="#1f2328">'
            f"{centre:.4g}</text>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axis(y: float, most: float, x: Callable[[float], float]) -> list[str]:
    parts = [f'<line x1="{x(0):.1f}" x2="{x(most):.1f}" y1="{y}" y2="{y}" stroke="#6e7781"/>']
    step = _round_step(most / 5)
    for tick in range(int(most / step) + 1):
        place = f'x="{x(tick * step):.1f}" y="{y + 20}" text-anchor="middle"'
        parts.append(f'<text {place} font-size="12" fill="#57606a">{tick * step:.6g}</text>')
    return parts


def _round_step(about: float) -> float:
    """Return 1, 2 or 5 times a power of ten, whichever is next."""
    power: float = 10.0 ** math.floor(math.log10(about))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= about)
