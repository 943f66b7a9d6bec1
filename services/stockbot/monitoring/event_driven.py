"""Series that are not there until something happens: why a rule or a panel may show nothing on a quiet day."""

EVENT_DRIVEN = {
    "stockbot_unresolved_dead_letters": "there while an event is put aside and nobody has resolved it",
    "stockbot_dead_letters_total": "from the first batch of a stream on; a quiet day has no alerts to take in",
    "stockbot_broadcast_gaps_total": "from the first tick on that a reader has missed",
    "stockbot_signals_total": "from the first signal of a strategy on",
    "stockbot_risk_denials_total": "from the first denial for a reason on",
    "stockbot_alert_deliveries_total": "from the first message to a channel on",
    "stockbot_alert_pending_deliveries": "where the document has a channel",
}
