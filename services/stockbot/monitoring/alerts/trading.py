"""Alerts about money: what may not be traded, what was lost, and what the broker sees otherwise than we do."""

from stockbot.monitoring.alerts.alert import Alert, Severity

TRADING = (
    Alert(
        name="StockbotHalted",
        expr='max by (namespace, job) (stockbot_risk_trading_state{state="Halted"}) == 1',
        severity=Severity.CRITICAL,
        summary="Trading is halted",
        meaning="No order leaves but cancels. A person did this, or `maxDailyLoss` with `onDailyLoss: Halted`.",
        steps=(
            "Read who and why in the console's Risk page, or `GET /api/v1/trading-state` of the Risk Guardian.",
            "See that no order is in flight and what positions stay open (`StockbotOrdersUnknown` is silent).",
            "Loosen it only with a reason: in the console, or in the document if it is declared there.",
        ),
    ),
    Alert(
        name="StockbotReducing",
        expr='max by (namespace, job) (stockbot_risk_trading_state{state="Reducing"}) == 1',
        lasting="1m",
        severity=Severity.WARNING,
        summary="Only reductions are traded",
        meaning="Orders that add risk are denied. A loss limit, an overdrawn account, put-aside order updates or a "
        "person tightened it; what a limit tightened, only a person loosens (or the next session with `resumeAtOpen`).",
        steps=(
            "Read the reason in the console's Risk page or `GET /api/v1/trading-state`.",
            "`ORDERS_PUT_ASIDE` ends with `StockbotPoison`; the loss limits end when a person says so.",
        ),
    ),
    Alert(
        name="StockbotLossNearLimit",
        expr="max by (namespace, job, account, limit) (stockbot_risk_loss_ratio) > 0.8",
        lasting="30s",
        severity=Severity.WARNING,
        summary="Account {{ $labels.account }} has lost more than 80 % of its {{ $labels.limit }} limit",
        meaning="A little more and the Risk Guardian tightens the trading state by itself.",
        steps=(
            "See on the dashboard Trading which positions and strategies lose.",
            "Stop a strategy that misbehaves in the console; reduce by hand what should not be held.",
            "Do not raise the limit in the heat of it: a changed limit is a decision for a calm hour.",
        ),
    ),
    Alert(
        name="StockbotLossLimitReached",
        expr="max by (namespace, job, account, limit) (stockbot_risk_loss_ratio) > 1",
        severity=Severity.CRITICAL,
        summary="Account {{ $labels.account }} has lost more than its {{ $labels.limit }} limit allows",
        meaning="The trading state is tightened by now (Reducing, or Halted where `onDailyLoss` says so).",
        steps=(
            "See that the trading state is tightened: if it is Active and nobody loosened it, halt by hand now.",
            "Look at what lost; decide whether to flatten (`POST /api/v1/orders/flatten`).",
            "Loosen in the console once it is understood; that word stands for this session.",
        ),
    ),
    Alert(
        name="StockbotCashOverdrawn",
        expr="min by (namespace, job, account) (stockbot_risk_free_cash) < 0",
        severity=Severity.CRITICAL,
        summary="More cash of account {{ $labels.account }} is committed than it has",
        meaning="Open orders and fills need more than there is: a stop order filled beyond its gap allowance, or cash "
        "left the account. The trading state is Reducing.",
        steps=(
            "Compare cash at the broker with the console's Portfolio page.",
            "Cancel working orders that are not needed, or deposit; the alert ends by itself.",
        ),
    ),
    Alert(
        name="StockbotAccountUnknown",
        expr='max by (namespace, job) (stockbot_ready{check="account"}) == 0',
        lasting="2m",
        severity=Severity.CRITICAL,
        summary="{{ $labels.job }} does not know the account: nothing that adds risk passes",
        meaning="Cash and positions are not known since the start: no portfolio was published, or none was opened.",
        steps=(
            "See that the Execution Engine has reconciled once (`StockbotNotReconciled`): it opens the account.",
            "See that the Portfolio Manager runs and holds its lease; it publishes every five seconds.",
        ),
    ),
    Alert(
        name="StockbotDrift",
        expr="max by (namespace, job, kind) (stockbot_drift) > 0",
        lasting="1m",
        severity=Severity.CRITICAL,
        summary="Our books differ from the broker's in {{ $labels.kind }}",
        meaning="Two looks agree that orders, positions or cash at the broker are not what we have booked. Only "
        "reductions pass until it is gone.",
        steps=(
            "Read what differs: `GET /api/v1/reconciliation` of the Execution Engine, or the console.",
            "Somebody may have traded the account by hand: such orders are adopted, and the drift ends by itself.",
            "What the broker's statement confirms is accepted with `POST /api/v1/reconciliation/accept`, by an admin.",
        ),
    ),
    Alert(
        name="StockbotNotReconciled",
        expr='max by (namespace, job) (stockbot_ready{check="reconciliation"}) == 0',
        lasting="2m",
        severity=Severity.CRITICAL,
        summary="Books are not compared with the broker: nothing new is sent",
        meaning="The Execution Engine has not compared everything since it holds its lease, or found differences.",
        steps=(
            "Read the reason in its `/readyz`. `WrongAccount` means other credentials than at the first start.",
            "If the broker does not answer see `StockbotBrokerUnreachable`; if it differs see `StockbotDrift`.",
        ),
    ),
    Alert(
        name="StockbotBrokerUnreachable",
        expr='max by (namespace, job) (stockbot_ready{check="broker"}) == 0',
        lasting="1m",
        severity=Severity.CRITICAL,
        summary="The broker does not answer: orders neither leave nor are heard of",
        meaning="Fills may happen there that we do not see yet. They are booked once it answers.",
        steps=(
            "See the broker's status page; try its address from the pod.",
            "For `unauthorized` renew the keys in the Secret of the document, then restart the Execution Engine.",
            "In an emergency trade at the broker by hand: such orders are adopted at the next reconciliation.",
        ),
    ),
    Alert(
        name="StockbotRiskGuardianGone",
        expr='max by (namespace, job) (stockbot_ready{check="risk guardian"}) == 0',
        lasting="15s",
        severity=Severity.CRITICAL,
        summary="The Execution Engine sees no sign of life of the Risk Guardian",
        meaning="Nothing new is opened; reductions and cancels go on from SQL.",
        steps=(
            "See the Risk Guardian: `/readyz`, its log, its lease (`StockbotLeaseLost`), its heartbeat.",
            "If it is well, see the bus: its alive key is there.",
        ),
    ),
    Alert(
        name="StockbotOrdersUnknown",
        expr='max by (namespace, job) (stockbot_orders{state="UNKNOWN"}) > 0',
        lasting="2m",
        severity=Severity.CRITICAL,
        summary="Of some orders it is not known whether the broker has them",
        meaning="A send got no answer, and the broker has not told since. Its cash stays held; it is never sent twice.",
        steps=(
            "Look the order up at the broker by its client order id (console, Orders, state UNKNOWN).",
            "It is asked for again and again; lease time and send timeout after the send, absent counts as not sent.",
            "If the broker stays silent see `StockbotBrokerUnreachable`.",
        ),
    ),
    Alert(
        name="StockbotOrdersRejected",
        expr='sum by (namespace, job) (increase(stockbot_order_updates_total{state="REJECTED"}[10m])) >= 5',
        severity=Severity.WARNING,
        summary="The broker rejects order after order",
        meaning="Risk approved what the broker does not take: permissions, lots, short sales, a restricted symbol.",
        steps=(
            "Read the reasons in the console's Orders page (state REJECTED).",
            "Stop the strategy that sends them, or correct its parameters or the account's permissions.",
        ),
    ),
    Alert(
        name="StockbotStrategyFailed",
        expr='max by (namespace, job, strategy) (stockbot_strategy_state{state="FAILED"}) == 1',
        severity=Severity.WARNING,
        summary="The strategy {{ $labels.strategy }} has failed and stands still",
        meaning="Its code raised or hung. Its positions stay open, and nobody looks after them but their brackets.",
        steps=(
            "Read the reason in the console's Strategies page.",
            "Correct it and start it again there; or close its positions by hand.",
        ),
    ),
    Alert(
        name="StockbotDecisionsSlow",
        expr="job:stockbot_risk_decision_seconds:p99_5m > 1",
        lasting="5m",
        severity=Severity.WARNING,
        summary="Decisions take more than a second",
        meaning="From a signal's commit to its decision, at the 99th percentile. Prices move on meanwhile, and old "
        "signals are denied.",
        steps=(
            "Open the dashboard Trading and follow an exemplar of the panel Decision latency to its explain view.",
            "See database and bus on Services and bus: a slow disk is the usual reason.",
        ),
    ),
)
