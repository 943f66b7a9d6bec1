"""The Strategy Orchestrator: gives bars and quotes to the strategies, and commits and publishes what they signal."""
