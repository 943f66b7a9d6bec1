"""Colours that can be read."""

import pytest

from stockbot_console.theme import DARK, LIGHT, Palette, first_paint, style_sheet


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("text", ["text", "muted", "accent", "up", "down", "warning"])
@pytest.mark.parametrize("ground", ["ground", "surface", "raised"])
def test_every_text_can_be_read_on_every_ground(palette: Palette, text: str, ground: str) -> None:
    """Contrast is at least 4.5 to 1 (WCAG 2.2, AA), in both themes."""
    assert contrast(getattr(palette, text), getattr(palette, ground)) >= 4.5


def test_the_style_sheet_has_both_palettes_and_nothing_foreign() -> None:
    """The body's class chooses the palette; no address of another host stands in it."""
    sheet = style_sheet()
    assert DARK.ground in sheet
    assert LIGHT.ground in sheet
    assert "//" not in sheet


def test_the_first_paint_is_in_the_right_theme() -> None:
    """Before any script runs the ground is that of the visitor's theme."""
    assert f"background: {LIGHT.ground}" in first_paint(dark=False)
