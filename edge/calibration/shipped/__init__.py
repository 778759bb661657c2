"""Calibrations measured by the founders; docs/models.md says on what and how."""
