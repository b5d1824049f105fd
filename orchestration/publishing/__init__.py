"""Publishing: what people may read, built, hidden where it is about too few, checked, swapped; and how runs went.

Belongs here: the public functions of this package. Does not belong here: how they work (the modules beside this one).
"""

from orchestration.publishing.exposures import PublishError
from orchestration.publishing.exposures import read as exposed
from orchestration.publishing.history import About, Snapshot, about, current, rollback, snapshots
from orchestration.publishing.snapshot import Published, publish
from orchestration.publishing.status import describe, gate_words, read_status, words_of, write_status

__all__ = [
    "About", "PublishError", "Published", "Snapshot", "about", "current", "describe", "exposed", "gate_words", "publish", "read_status",
    "rollback", "snapshots", "words_of", "write_status",
]  # fmt: skip
