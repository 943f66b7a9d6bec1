"""Orders as pure decisions: their states, what may be sent, and how our books and the broker's are compared."""
