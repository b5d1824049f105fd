"""The tables of continuous feedback: feedback, check_ins, development_notes.

Here: that they are written, and the truth about who is hard to redact from texts. Not here: how each comes about (messages.py,
check_ins.py, notes.py).
"""

from __future__ import annotations

from seeds.company.feedback.check_ins import write_check_ins
from seeds.company.feedback.messages import write_messages
from seeds.company.feedback.notes import write_notes
from seeds.company.history.record import History
from seeds.company.sink import Evidence, Rows
from seeds.company.text.authors import hard_to_redact


def write(history: History, rows: Rows, evidence: Evidence) -> None:
    """The tables `feedback`, `check_ins` and `development_notes`; truth text_labels and hard_to_redact."""
    write_messages(history, rows, evidence)
    write_check_ins(history, rows, evidence)
    write_notes(history, rows)
    rows.truth("hard_to_redact", hard_to_redact(history))
