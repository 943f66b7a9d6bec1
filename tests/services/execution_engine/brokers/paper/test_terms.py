"""The paper broker is set to what the document says."""

from datetime import timedelta
from decimal import Decimal

from stockbot.execution_engine.brokers.paper.terms import terms_of
from stockbot.model.fills.rules import FeeSchedule, FillRules, PaperTerms
from stockbot.spec.execution_engine import PaperBroker


def test_an_empty_block_is_the_model_s_default() -> None:
    """What a person leaves out is the same in the document and in the model."""
    assert terms_of(PaperBroker()) == PaperTerms()


def test_every_setting_arrives() -> None:
    """No option of the block is forgotten."""
    block = PaperBroker.model_validate(
        {
            "account": "Cash",
            "openingBalance": "5000",
            "slippage": "0.001",
            "latencyMilliseconds": 250,
            "maxShareOfVolume": "0.05",
            "fees": {"perShare": "0.01", "minimum": "2", "maximumShare": "0.02"},
        }
    )
    assert terms_of(block) == PaperTerms(
        opening_balance=Decimal(5000),
        settles=True,
        rules=FillRules(
            slippage=Decimal("0.001"), latency=timedelta(milliseconds=250), max_share_of_volume=Decimal("0.05")
        ),
        fees=FeeSchedule(per_share=Decimal("0.01"), minimum=Decimal(2), maximum_share=Decimal("0.02")),
    )
