"""The address of the explain view."""

from stockbot_console.view_models.explain_links import explain_path


def test_an_id_with_a_slash_is_one_id() -> None:
    """A chain is named by the tick's id, which has one."""
    assert explain_path("market-data-gateway/0-a-1") == "/explain/market-data-gateway%2F0-a-1"
    assert explain_path("c", "s/1") == "/explain/c?signal=s%2F1"
