"""Checks the vision worker's reports as a stranger's: it decodes pictures that anyone may hold up. PURE."""

from edge.vision.checks.report_checks import STALE, expected_of, is_stale, problem_of

__all__ = ["STALE", "expected_of", "is_stale", "problem_of"]
