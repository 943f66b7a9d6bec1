"""`stockbot up`: the platform as processes of one machine.

Used by the command line, and by tests that need a real bus.
"""
