"""Calibrations measured by the founders; docs/faces.md says on what and how."""
