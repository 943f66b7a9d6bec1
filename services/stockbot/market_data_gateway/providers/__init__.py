"""Sources of prices, one module each."""
