"""README of the chart: how to install it, and a table of its values."""

import json
from collections.abc import Iterator

from stockbot.documentation.chart_values import Value, values_of

LONGEST = 60  # letters of a default that the table shows

HEAD = """\
# The chart stockbot

<!-- Generated from values.yaml by `make docs`; do not edit. -->

Installs the operator of TradingServices, a bus, a database and the default platform into one namespace:

```
helm install stockbot charts/stockbot --namespace stockbot --create-namespace
```

What to do on a laptop, on kind and on a real cluster, how to upgrade, back up, restore and uninstall:
[docs/install.md](../../docs/install.md). Sets of values to start from: [ci/](ci).

## Values

A key that is misspelt, or of another type, is refused before anything is made. What a service's `spec` may have:
`kubectl explain ts.spec`.

| Key | Default | Meaning |
| --- | --- | --- |
"""


def chart_page(values_text: str) -> str:
    """Return the content of charts/stockbot/README.md."""
    return HEAD + "".join(f"{row}\n" for row in _rows(values_of(values_text)))


def _rows(values: list[Value]) -> Iterator[str]:
    for value in values:
        if value.description or not value.is_group:
            yield f"| `{value.name}` | {_default(value)} | {value.description} |"


def _default(value: Value) -> str:
    if value.is_group or value.path[-1] == "spec":
        return ""
    text = json.dumps(value.default, ensure_ascii=False)
    return f"`{text}`" if len(text) <= LONGEST else "see values.yaml"
