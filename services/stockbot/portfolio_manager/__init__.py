"""Portfolio Manager: the double-entry ledger of the account, its positions, its worth and its performance."""
