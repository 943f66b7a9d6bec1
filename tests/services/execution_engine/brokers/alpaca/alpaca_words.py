"""The lists of words in alpaca-py, read from its file alone: its package loads pandas and a deprecated websockets."""

import importlib.util
from pathlib import Path
from types import ModuleType


def alpaca_enums() -> ModuleType:
    package = importlib.util.find_spec("alpaca")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "trading" / "enums.py"
    spec = importlib.util.spec_from_file_location("alpaca_words_of_a_test", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
