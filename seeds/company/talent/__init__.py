"""Recruitment and succession: openings, candidates, interviews, potential and plans for critical positions."""
