"""Who made an order: a strategy, or a person, whose orders have names that no strategy can have. Pure."""

PEOPLE = {"manual": "a person", "external": "a person, at the broker", "flatten": "a person, who flattened"}


def maker_text(strategy: str) -> str:
    """The strategy's name, or that it was a person."""
    return PEOPLE.get(strategy, strategy)


def maker_path(strategy: str) -> str:
    """The page of the strategy; empty for a person."""
    return "" if strategy in PEOPLE else f"/strategies/{strategy}"
