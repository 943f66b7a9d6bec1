"""The Alert Manager: keeps what went wrong, tells people through their channels, and says who has gone quiet."""
