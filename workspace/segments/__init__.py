"""Segments: who is meant, as data. Definitions, their words, and the one query they become; nothing is run here."""
