"""The tables of a site's list of subjects, and what makes those of an older version into these."""

from __future__ import annotations

SCHEMA_VERSION = 3
_CONSENTS = """
CREATE TABLE consent (
    subject_id TEXT NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (subject_id, number)
) WITHOUT ROWID;
"""
_REQUESTS = """
CREATE TABLE request (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    actor TEXT NOT NULL
) WITHOUT ROWID;
"""
_SCHEMA = """
CREATE TABLE subject (id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE template (
    subject_id TEXT NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (subject_id, number)
) WITHOUT ROWID;
CREATE TABLE pass (
    id TEXT PRIMARY KEY,
    subject_id TEXT NOT NULL,
    issued TEXT NOT NULL,
    valid_until TEXT,
    revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE number (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
STEPS = {0: _SCHEMA + _CONSENTS + _REQUESTS, 1: _CONSENTS + _REQUESTS, 2: _REQUESTS}
"""From each older version to this one; 0 is an empty file."""
