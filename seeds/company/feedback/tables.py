"""The tables of continuous feedback, month by month: feedback, check_ins, development_notes.

Here: the months, and the truth about names in texts. Not here: who turns to whom (the modules beside this one).
"""

from __future__ import annotations

from seeds.company.feedback.check_ins import write_check_ins
from seeds.company.feedback.messages import write_messages
from seeds.company.feedback.notes import write_notes
from seeds.company.history.record import History
from seeds.company.sink import Evidence, Rows
from seeds.company.text.authors import hard_to_redact


def write(history: History, rows: Rows, evidence: Evidence) -> None:
    """The tables `feedback`, `check_ins` and `development_notes`; truth hard_to_redact(employee_id, name, reason) and labels."""
    for number, (first, _) in enumerate(history.months):
        if first <= history.until:
            write_messages(history, number, rows, evidence)
            write_check_ins(history, number, rows, evidence)
            write_notes(history, number, rows)
    rows.truth("hard_to_redact", hard_to_redact(history))
