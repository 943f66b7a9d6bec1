"""Speed and memory against the budgets of the design: `make bench`."""
