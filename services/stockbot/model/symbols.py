"""What a symbol looks like: the same rule as in the documents. Used where symbols come from elsewhere."""

import re

RULE = "1 to 32 of A-Z 0-9 . ^ = -"

_SYMBOL = re.compile(r"[A-Z0-9.^=-]{1,32}")


def is_symbol(text: str) -> bool:
    return _SYMBOL.fullmatch(text) is not None
