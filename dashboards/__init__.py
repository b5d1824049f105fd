"""Dashboards: what people see. They read published snapshots only, through one door.

Belongs here: pages, the door that answers them for a viewer, their look. Does not belong here: SQL models, statistics,
anything that writes; no module outside this package imports it.
"""
