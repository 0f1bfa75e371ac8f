"""Fits parameters to predict what was not seen: fit / predict on arrays, judged on a hold-out."""
