"""Pay: what jobs pay, and the tables of what people are paid and what was decided about it."""
