"""Continuous feedback: messages between people, 1:1 meetings, development notes."""
