"""The sheet of keys and the palette: native dialogs that static/console.js opens and fills. On every page."""

from stockbot_console.components.elements import box, text

KEYS = (
    ("/", "search"),
    ("Ctrl K", "go to a page or a symbol"),
    ("g v", "go to the overview"),
    ("g m", "go to the market"),
    ("g s", "go to the strategies"),
    ("g o", "go to the orders"),
    ("g f", "go to the portfolio"),
    ("g r", "go to risk, to halt trading"),
    ("g a", "go to the alerts"),
    ("g d", "go to the dead letters"),
    ("g p", "go to the providers"),
    ("g e", "go to the services"),
    ("t", "light or dark"),
    ("?", "this sheet"),
    ("Esc", "close"),
)


def dialogs() -> None:
    with box("sheet keys", tag="dialog", aria_label="Keys"):
        text("Keys", tag="h2")
        with box(tag="dl"):
            for keys, meaning in KEYS:
                with box(tag="dt"):
                    text(keys, tag="kbd")
                text(meaning, tag="dd")
    with box("sheet palette", tag="dialog", aria_label="Go to"):
        box(tag="input", placeholder="Go to a page or a symbol", autocomplete="off", spellcheck="false")
        box(tag="ul")
