"""The settings of each area of the company; parameters.py puts them together."""
