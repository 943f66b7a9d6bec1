"""The Risk Guardian: decides every signal once, alone owns reservations and the trading state."""
