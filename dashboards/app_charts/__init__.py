"""Charts: a small table in, an Altair chart out. One theme, one meaning for each colour; no queries."""
