"""Pages of reviews: reading and deciding them, their conditions, and who stands in for whom."""
