"""Risk, at `/risk`: the trading state and who may change it, the limits and their use, denials, the what-if check."""

from stockbot_console.components.elements import box, text
from stockbot_console.components.excuse import absent
from stockbot_console.components.limit_gauges import AccountLimits
from stockbot_console.components.risk_lists import Denials, History
from stockbot_console.components.trading_controls import TradingControls
from stockbot_console.components.what_if import WhatIf
from stockbot_console.console import Console
from stockbot_console.pages.frame import Frame, guarded

TITLE = "Risk"
DOCUMENT = """\
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: risk-guardian}
spec:
  type: RiskGuardian"""


def register(console: Console) -> None:
    @guarded(console, "/risk", TITLE)
    def risk() -> None:
        frame = Frame(console, here=TITLE)
        with box("page", tag="main"):
            text(TITLE, "heading", tag="h1")
            guardian = console.services.guardian
            if guardian is None:
                absent("Risk Guardian", DOCUMENT)
                return frame.follow()
            controls = TradingControls(console, frame.visitor, frame.role)
            limits = AccountLimits()
            with box("columns even"):
                with box("column"):
                    what_if = WhatIf(guardian)
                    history = History()
                denials = Denials()
        shows = (controls.show, limits.show, history.show, denials.show, what_if.learn)
        for show in shows:
            show(frame.view)
        return frame.follow(*shows)
