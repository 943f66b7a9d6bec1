"""Alerts as pure decisions: what a report means, who hears of it and when, in which words, and who has gone quiet."""
