"""The double-entry ledger as pure decisions: what each event does to cash, positions, profit, and to finished trades.

money        rounding of money and shares, in one place
holding      shares at an average cost, and what a trade does to them
round_trips  a strategy's trades from flat to flat
movements    what changes the shares of one symbol, for the account and for each strategy
entries      balanced entries, one for each thing that happened
balances     the totals of the ledger accounts, out of the entries' lines
settlement   when the proceeds of a sale are settled
days         sessions and trading days, and what is assumed while they are not known
valuation    positions at their marks, and the account's worth
"""
