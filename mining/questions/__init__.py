"""Managers' questions, one function each: tables in, an answer with interval, method, chart and customers out."""
