"""Every Dagster object of the project: the graph of assets, their checks, and when they are brought up to date.

Belongs here: what Dagster must know. Does not belong here: how any step does its work (pipeline and what it calls).
"""
