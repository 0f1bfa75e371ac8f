"""Records that are alike: compared by Splink, trained without labels, grouped by average linkage."""
