"""A bundle's file, of which no more is read than its signed manifest says that it has."""

from __future__ import annotations

from pathlib import Path

from edge.registry.format import MOST_BUNDLE_BYTES, MOST_HEAD_BYTES, Trusted, refuse_other_size
from edge.support.files import BoundedFile, opened_bounded


def whole_bundle(file: BoundedFile, trusted: Trusted) -> bytes:
    """The bytes of a bundle; raises BundleRefused for a head or a size that was not signed, or OSError."""
    refuse_other_size(file.head(MOST_HEAD_BYTES), file.size, trusted)
    return file.whole()


def read_bundle(path: Path, trusted: Trusted, *, follow: bool = False) -> bytes:
    """As `whole_bundle`, of the file at `path` (see `opened_bounded`)."""
    with opened_bounded(path, MOST_BUNDLE_BYTES, follow=follow) as file:
        return whole_bundle(file, trusted)
