"""Reviews: who rates whom in which cycle, and how far each review has come."""
