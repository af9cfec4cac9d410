"""A small drawing of what a statement is about, with the part where it holds shaded; plain SVG."""

from __future__ import annotations

from html import escape

import numpy as np

from trialpool.questions.effects import Array
from trialpool.questions.finding import Finding
from trialpool.questions.mixture import NormalMixture

WIDTH, HEIGHT, BASE = 280, 64, 48
#: Points of the curve, and draws of a mixture that are enough for one.
_POINTS, _DRAWS = 120, 500
#: Beyond these quantiles a drawing shows nothing but tails.
_ENDS = (0.002, 0.998)


def density_svg(found: Finding) -> str:
    """The density of a finding's quantity as an SVG element.

    Parameters
    ----------
    found : Finding

    Returns
    -------
    str
        With the unit named and 0 marked; empty where the quantity does not vary.
    """
    low, high = _ends(found.shown)
    if not (np.isfinite([low, high]).all() and low < high):
        return ""
    # 0 is what people look for: where it is near, it is on the drawing.
    gap = 0.05 * (high - low)
    low, high = (min(low, 0.0), max(high, 0.0)) if low - high < 0 < 2 * high - low else (low, high)
    low, high = low - gap, high + gap
    x = np.linspace(low, high, _POINTS)
    y = _density(found.shown, x)
    if not (np.isfinite(y).all() and y.max() > 0):
        return ""
    place = (x - low) / (high - low) * WIDTH
    level = BASE - y / y.max() * (BASE - 4)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="density, {escape(found.unit, quote=True)}">'
    ]
    if found.shade is not None:
        inside = (x >= found.shade[0]) & (x <= found.shade[1])
        if inside.any():
            parts.append(
                f'<path d="{_area(place[inside], level[inside])}" fill="#4878a8" '
                'fill-opacity="0.45"/>'
            )
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(place, level, strict=True))
    parts.append(f'<polyline points="{line}" fill="none" stroke="#26456b" stroke-width="1.5"/>')
    parts.append(f'<line x1="0" y1="{BASE}" x2="{WIDTH}" y2="{BASE}" stroke="#888"/>')
    ticks = [t for t in _ticks(low, high)]
    for tick in ticks:
        at = (tick - low) / (high - low) * WIDTH
        parts.append(
            f'<text x="{at:.1f}" y="{HEIGHT - 4}" font-size="10" fill="#555" '
            f'text-anchor="middle">{tick:g}</text>'
        )
        if tick == 0:
            parts.append(
                f'<line x1="{at:.1f}" y1="4" x2="{at:.1f}" y2="{BASE}" stroke="#888" '
                'stroke-dasharray="2,2"/>'
            )
    return "".join([*parts, "</svg>"])


def _ends(shown: Array | NormalMixture) -> tuple[float, float]:
    if isinstance(shown, NormalMixture):
        return shown.quantile(_ENDS[0]), shown.quantile(_ENDS[1])
    low, high = np.quantile(shown, _ENDS)
    return float(low), float(high)


def _density(shown: Array | NormalMixture, x: Array) -> Array:
    """Density at equally spaced points, up to a factor."""
    if isinstance(shown, NormalMixture):
        step = max(shown.mean.size // _DRAWS, 1)
        mean, sd = shown.mean.ravel()[::step], np.broadcast_to(shown.sd, shown.mean.shape)
        spread = np.maximum(sd.ravel()[::step], (x[1] - x[0]))
        z = (x[:, None] - mean) / spread
        return np.asarray((np.exp(-0.5 * z * z) / spread).mean(axis=1))
    values = shown.ravel()
    gap = x[1] - x[0]
    counts, _ = np.histogram(values, bins=len(x), range=(x[0] - gap / 2, x[-1] + gap / 2))
    # Silverman's width, and never finer than the points.
    quartiles = np.subtract(*np.quantile(values, [0.75, 0.25])) / 1.34
    scale = min(float(values.std()), float(quartiles)) or float(values.std())
    width = max(0.9 * scale * values.size**-0.2, gap)
    reach = int(np.ceil(3 * width / gap))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * gap / width) ** 2)
    return np.convolve(counts, kernel)[reach : reach + len(x)]


def _area(place: Array, level: Array) -> str:
    edge = " L".join(f"{a:.1f},{b:.1f}" for a, b in zip(place, level, strict=True))
    return f"M{place[0]:.1f},{BASE} L{edge} L{place[-1]:.1f},{BASE} Z"


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers, about five."""
    raw = (high - low) / 5.0
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(float(power * m) for m in (1, 2, 5, 10) if power * m >= raw)
    first = int(np.ceil(low / step))
    last = int(np.floor(high / step))
    return [round(n * step, 10) for n in range(first, last + 1)]
