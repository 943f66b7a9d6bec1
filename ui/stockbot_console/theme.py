"""Colours and fonts, and the style sheet that gives them to the browser. Nothing comes from another host.

The rules are in static/console.css. They speak only of the variables that are defined here, and
charts take the same colours from here, so a colour stands in one place.
"""

from dataclasses import asdict, dataclass

FONT = "Roboto, 'Segoe UI', system-ui, sans-serif"  # Roboto is among NiceGUI's bundled files


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Every pair of text and ground that is used together has a contrast of at least 4.5 to 1."""

    ground: str
    surface: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    up: str
    down: str
    warning: str


DARK = Palette(
    ground="#0d1117",
    surface="#141a22",
    raised="#1c242e",
    line="#27313d",
    text="#dbe2ea",
    muted="#8d99a8",
    accent="#6ea8fe",
    up="#3fbf8f",
    down="#f0716f",
    warning="#e0a94a",
)
LIGHT = Palette(
    ground="#f4f6f8",
    surface="#ffffff",
    raised="#eef1f5",
    line="#dde3ea",
    text="#17202b",
    muted="#586574",
    accent="#1d5fd1",
    up="#0b7a53",
    down="#c22f33",
    warning="#8a5a00",
)


def palette(*, dark: bool) -> Palette:
    return DARK if dark else LIGHT


def variables(colours: Palette) -> str:
    """Write the palette as CSS custom properties: `--ground: #0d1117; ...`."""
    return " ".join(f"--{name}: {value};" for name, value in asdict(colours).items())


def style_sheet() -> str:
    """Both palettes; the body's class chooses, and changes without a reload."""
    return f":root {{ --font: {FONT}; {variables(DARK)} }} body.body--light {{ {variables(LIGHT)} }}"


def first_paint(*, dark: bool) -> str:
    """Paint the ground before any script has run, so that no page flashes in the other theme."""
    scheme = "dark" if dark else "light"
    return f"html {{ background: {palette(dark=dark).ground}; color-scheme: {scheme}; }}"
