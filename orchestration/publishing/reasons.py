"""Why rows and files wait in quarantine, as kinds of reasons that hold no value of any row.

Belongs here: from the words of ingestion (checks, stage, rejects, readers) to kinds. Does not belong here: those words, counting.

A kind is put together from names of the contract and from words written here, never cut out of a reason: a reason that nobody
thought of is `another reason`.
"""

from __future__ import annotations

from orchestration.contracts import Column, Contract
from orchestration.ingestion import checks, findings, rules
from orchestration.ingestion.mappings import FOLDER
from orchestration.ingestion.sql_names import literal

ANOTHER = "another reason"
A_NUMBER = "a number (digits and a decimal point, no thousands separators)"
OF_RECORDS = {
    "the record has more fields than the ": "the record has more fields than the header",
    "the record has ": "the record has fewer fields than the header",
    "a quoted field does not end with its quote": "a quoted field does not end with its quote",
    "the record is longer than ": "the record is longer than 16 MB",
    "the line is not valid JSON": "the line is not valid JSON",
    "the line is not a JSON object": "the line is not a JSON object",
    "the record cannot be read": "the record cannot be read",
}
OF_FILES = {
    "it is empty": "it is empty",
    "its first sheet is empty": "it is empty",
    "these columns stand twice in it": "a column stands twice in it",
    "none of its columns is one of the contract's": "none of its columns is one of the contract's",
    "the mapping ": "the mapping of its system does not fit it",
}
FORMATS = ("csv.gz", "csv", "jsonl.gz", "jsonl", "parquet", "xlsx")
LACKS = "it lacks the required column"
FILE_RULES = ("unknown_columns", "file_in_quarantine", "snapshot_lacks_keys", "file_not_utf8", "sheets_not_read")
NOTED = "noted_by_source"  # a rule that a landed file names in source_note, under a name that we have not written


def kind_of_row(contract: Contract, reason: str = "reason") -> str:
    """SQL of the kind of a reason for which a row of this table waits.

    Args:
        contract: of the table.
        reason: SQL of the reason.

    """
    cases = [case for column in contract.columns for case in _of_column(column, reason)]
    cases += [(f"starts_with({reason}, {literal(f'{r.name}: ')})", f"{r.name} does not hold") for r in contract.rules]
    cases += [(f"starts_with({reason}, {literal(begins)})", words) for begins, words in OF_RECORDS.items()]
    return f"case {' '.join(f'when {when} then {literal(words)}' for when, words in cases)} else {literal(ANOTHER)} end"


def _of_column(column: Column, reason: str) -> list[tuple[str, str]]:
    name, quoted = column.name, literal(f"{column.name} is '")
    found = [(f"{reason} = {literal(f'{name} is missing')}", f"{name} is missing")]
    if column.data_type != "text":
        expected = checks.EXPECTED.get(column.data_type, A_NUMBER)
        found.append(
            (f"starts_with({reason}, {quoted}) and ends_with({reason}, {literal(f', not {expected}')})", f"{name} is not {expected}")
        )
    if column.allowed:
        found.append((f"starts_with({reason}, {quoted})", f"{name} is not one of the allowed values"))
    if column.parent:
        begins = f"starts_with({reason}, {literal(f'{name} refers to {column.parent.table} ')})"
        absent = f"{begins} and ends_with({reason}, ', which has not come')"
        found.append((absent, f"{name} refers to a row of {column.parent.table} that has not come"))
        found.append((begins, f"{name} refers to a row of {column.parent.table} that is in quarantine"))
    found.append((f"starts_with({reason}, {literal(f'{name} is ')})", f"{name} is outside its range"))
    return found


def kind_of_file(contract: Contract | None, reason: str) -> str:
    """The kind of a reason for which a whole file waits."""
    words = next((w for begins, w in OF_FILES.items() if reason.startswith(begins)), "it cannot be read")
    if reason.startswith("it cannot be read as "):
        tail = reason.removeprefix("it cannot be read as ")
        words += next((f" as {f}" for f in FORMATS if tail.startswith(f"{f} ")), "")
    elif "opens a quote that is not closed" in reason:
        words = "a quote in it is not closed"
    elif "cannot be read to its end" in reason:
        words = "it cannot be read to its end"
    elif reason.startswith(LACKS):
        told = {word.strip(" ,") for word in reason.removeprefix(LACKS).removeprefix("s").split()}
        lacking = [c.name for c in contract.own_columns if c.name in told] if contract else []
        words = f"{LACKS}{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}" if lacking else "it lacks a required column"
    return f"a whole file: {words}"


def known_rules(contracts: dict[str, Contract]) -> set[str]:
    """Names of rules that the contracts, the code and the mappings write. A landed file may bring others, which are its values."""
    found = {r.name for c in contracts.values() for r in c.rules}
    found |= {f"{column.name}_{end}" for c in contracts.values() for column, _ in c.parents for end in ("exists", "is_known")}
    found |= {*FILE_RULES, rules.IN_QUARANTINE, findings.UNCHECKED, findings.NOT_UNDERSTOOD}
    written = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.sql"))
    return found | {part.split("'")[1] for part in written.split("'rule':")[1:]}
