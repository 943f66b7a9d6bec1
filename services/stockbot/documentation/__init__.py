"""Documents that are generated from the code, so that they cannot drift: `python -m stockbot.documentation ROOT`."""
