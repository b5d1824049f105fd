"""Pages, one module each: fetch from the door, say it in a sentence, draw it.

Belongs here: `render(door, asked)` of each page. Does not belong here: SQL, statistics, files, connections.
"""
