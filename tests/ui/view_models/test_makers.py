"""Who made an order."""

from stockbot_console.view_models.makers import maker_path, maker_text


def test_a_persons_order_is_no_strategys() -> None:
    """It has no page, and is called a person's."""
    assert (maker_text("manual"), maker_path("manual")) == ("a person", "")
    assert (maker_text("trend"), maker_path("trend")) == ("trend", "/strategies/trend")
