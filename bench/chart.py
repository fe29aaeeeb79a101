"""A horizontal bar chart as SVG, with a background of its own for light and for dark pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 760
MARGIN = 24
LABEL_WIDTH = 170
VALUE_WIDTH = 70
BAR_HEIGHT = 20
ROW_HEIGHT = 28
TIMES = "\N{MULTIPLICATION SIGN}"
TITLE_HEIGHT = 40  # also the height of a group's heading

STYLE = """
    text { font: 14px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
    .title { font-size: 17px; font-weight: 600 }
    .heading { font-weight: 600 }
    .label { text-anchor: end }
    .note { fill: #59636e; font-size: 12px }
    .card { fill: #ffffff; stroke: #d1d9e0 }
    .bar { fill: #8c959f }
    .ours { fill: #0969da }
    @media (prefers-color-scheme: dark) {
        text { fill: #f0f6fc }
        .note { fill: #9198a1 }
        .card { fill: #0d1117; stroke: #3d444d }
        .bar { fill: #656c76 }
        .ours { fill: #4493f8 }
    }
"""


@dataclass(frozen=True)
class Bar:
    """A labelled value; `ours` has the colour that stands out."""

    label: str
    value: float
    ours: bool = False


@dataclass(frozen=True)
class Group:
    """Bars under a heading."""

    heading: str
    bars: Sequence[Bar]


def draw(title: str, groups: Sequence[Group], note: str) -> str:
    """The chart as an SVG document. All bars share one linear scale."""
    largest = max(bar.value for group in groups for bar in group.bars)
    scale = (WIDTH - 2 * MARGIN - LABEL_WIDTH - VALUE_WIDTH) / largest
    left = MARGIN + LABEL_WIDTH
    y = MARGIN + 10
    parts = [_text(MARGIN, y, title, "title")]
    for group in groups:
        y += TITLE_HEIGHT
        parts.append(_text(MARGIN, y, group.heading, "heading"))
        y += 12
        for bar in group.bars:
            length = max(bar.value * scale, 1)
            colour = "ours" if bar.ours else "bar"
            middle = y + BAR_HEIGHT - 5
            parts += [
                _text(left - 10, middle, bar.label, "label"),
                f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{BAR_HEIGHT}" rx="3"'
                f' class="{colour}"/>',
                _text(left + length + 8, middle, f"{bar.value:.2f}{TIMES}", "value"),
            ]
            y += ROW_HEIGHT
        y -= ROW_HEIGHT - BAR_HEIGHT
    y += TITLE_HEIGHT
    parts.append(_text(MARGIN, y, note, "note"))
    height = y + MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            f' width="{WIDTH}" height="{height}" role="img" aria-label="{escape(title)}">',
            f"<style>{STYLE}</style>",
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"'
            ' class="card"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>'
