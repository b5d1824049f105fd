"""Improvement plans as the systems show them."""
