"""The web console: observes and controls the platform."""
