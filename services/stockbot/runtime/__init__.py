"""What all services share: bus, database, web, settings, logs. It knows no service."""
