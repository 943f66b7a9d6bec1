"""The address of the explain view of a chain. Used wherever an order, a fill, a signal or a denial is shown. Pure."""

from urllib.parse import quote, urlencode


def explain_path(chain: str, signal_id: str | None = None) -> str:
    """An id may hold a slash; with a signal, the view tells of that one alone."""
    path = f"/explain/{quote(chain, safe='')}"
    return f"{path}?{urlencode({'signal': signal_id})}" if signal_id else path
