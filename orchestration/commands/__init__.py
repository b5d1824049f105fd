"""The commands of `plumbline`, by what they are for.

Belongs here: arguments and words. Does not belong here: any work.
"""
