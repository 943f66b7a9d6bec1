"""Fakes of the outside world and real servers for tests; they ship beside what they stand for."""
