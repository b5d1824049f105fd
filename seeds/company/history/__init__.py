"""What happened in the company: people, seats, performance, ratings, intent, exits, plans and pay act on one another here.

The areas beside this package make tables of it. They read it (record.py) and never change it.
"""
