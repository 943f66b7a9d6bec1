"""From a TradingService to the manifests of what it owns: pure functions, one file for each kind."""
