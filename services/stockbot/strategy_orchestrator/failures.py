"""What a strategy raised, in words that lead its author to the line."""

from traceback import extract_tb

from stockbot.errors import StockbotError

LONGEST = 600  # characters


def storable(words: str) -> str:
    """Cut, and without what no text in SQL or JSON can hold: a person's code may say anything."""
    return words[:LONGEST].replace("\0", "?").encode(errors="replace").decode()


def described(error: BaseException) -> str:
    """`ZeroDivisionError: division by zero (dip.py, line 12)`; an error of ours is told in its own words."""
    said = storable(str(error))
    if isinstance(error, StockbotError):
        return said
    words = f"{type(error).__name__}: {said}" if said else type(error).__name__
    frames = extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError) or not frames:
        return words
    last = frames[-1]
    return f"{words} ({last.filename.rpartition('/')[2]}, line {last.lineno})"
