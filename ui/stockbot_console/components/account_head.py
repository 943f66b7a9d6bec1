"""The account's money in six numbers. Used by the portfolio page."""

from collections.abc import Sequence

from stockbot_console.components.elements import box, show_text, text
from stockbot_console.view_models.portfolio import Figure


class AccountHead:
    """Built once; afterwards only the words that changed are sent."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        with box("tiles six"):
            self._tiles = [_Tile(figure) for figure in figures]

    def show(self, figures: Sequence[Figure]) -> None:
        for tile, figure in zip(self._tiles, figures, strict=True):
            tile.show(figure)


class _Tile:
    def __init__(self, figure: Figure) -> None:
        with box("panel tile"):
            self._title = text("", "title")
            self._value = text("", "value")
            self._note = text("", "note")
        self.show(figure)

    def show(self, figure: Figure) -> None:
        self._title.set_text(figure.title)
        show_text(self._value, figure.value, f"value {figure.tone if figure.tone != 'flat' else ''}".strip())
        show_text(self._note, figure.note, f"note {figure.note_tone if figure.note_tone != 'flat' else ''}".strip())
