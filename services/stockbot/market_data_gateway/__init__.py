"""Market Data Gateway (3001): brings prices in, says where they are from and how old they are."""
