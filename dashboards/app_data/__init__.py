"""The only queries of the dashboard: parameters are bound, results are small, and every one is of one generation."""
