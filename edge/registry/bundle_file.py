"""Reads a bundle's file, and no more of it than its signed manifest allows."""

from __future__ import annotations

from pathlib import Path

from edge.registry.format import MOST_BUNDLE_BYTES, MOST_HEAD_BYTES, Trusted, refuse_other_size
from edge.support.files import BoundedFile, opened_bounded


def whole_bundle(file: BoundedFile, trusted: Trusted) -> bytes:
    """The bytes of a bundle; raises OSError, or BundleRefused for an unsigned head or another size."""
    refuse_other_size(file.head(MOST_HEAD_BYTES), file.size, trusted)
    return file.whole()


def read_bundle(path: Path, trusted: Trusted, *, follow: bool = False) -> bytes:
    """The bytes of the bundle at `path`: `whole_bundle` of a file opened by `opened_bounded`."""
    with opened_bounded(path, MOST_BUNDLE_BYTES, follow=follow) as file:
        return whole_bundle(file, trusted)
