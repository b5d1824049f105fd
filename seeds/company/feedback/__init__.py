"""Continuous feedback: messages, 1:1 meetings, development notes."""
