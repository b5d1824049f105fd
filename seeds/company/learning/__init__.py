"""Skills and learning: what positions require, what people master, how that is measured, and courses."""
