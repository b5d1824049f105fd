"""From landing files to raw, bad rows to quarantine.

`load.ingest` is the door; the other modules are its rooms: landing (which files), encoding and readers (what is in
them), checks (the contract as SQL), stage (typed rows), merge (versions), quarantine, rules (findings), mappings.
"""
