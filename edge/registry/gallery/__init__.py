"""Who looks most like this face: exact search over all enrolled templates. PURE."""

from edge.registry.gallery.gallery import Gallery, gallery_of, open_gallery

__all__ = [
    "Gallery",
    "gallery_of",
    "open_gallery",
]
