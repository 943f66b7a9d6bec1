"""Performance statistics as pure functions of growths, returns and trades. Floats: they judge, they are no money.

The standard library's `statistics` computes them; the usual libraries need pandas, which is 45 MiB. Each docstring
names the formula's source, and the tests compare each with an independent computation by numpy.

returns      of a series of growths: return, volatility, Sharpe, Sortino, Calmar, drawdown, value at risk
benchmark    alpha and beta
trading      of finished trades: win rate, profit factor, expectancy, streaks, excursions
report       all of them with units and sentences, and what cannot be told yet
"""
