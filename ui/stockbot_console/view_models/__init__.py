"""What the pages show, as pure functions of state and now: no clock, no I/O, no framework."""
