"""A list on the page whose items have keys: what is new is built, what changed is built anew, the rest stays."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from nicegui.element import Element

T = TypeVar("T")


class Keyed(Generic[T]):
    """Fills `container` with one element per item, in the items' order; `build` makes it in the current slot."""

    def __init__(self, container: Element, build: Callable[[T], Element]) -> None:
        self._container = container
        self._build = build
        self._shown: dict[str, tuple[T, Element]] = {}

    def show(self, items: Mapping[str, T]) -> None:
        """Show these items in place of those before."""
        for key in [key for key, (item, _) in self._shown.items() if items.get(key) != item]:
            self._shown.pop(key)[1].delete()
        with self._container:
            for place, (key, item) in enumerate(items.items()):
                self._put(key, item, place)

    def _put(self, key: str, item: T, place: int) -> None:
        if key not in self._shown:
            self._shown[key] = (item, self._build(item))
        element = self._shown[key][1]
        children = self._container.default_slot.children
        if children[place] is not element:
            element.move(target_index=place)
