"""Prepares a published model file, so that OpenCV accepts it."""

from __future__ import annotations

from models.catalogue import Preparation


def prepared(data: bytes, preparation: Preparation) -> bytes:
    """`data` as it will be used; the caller checks the result's hash."""
    if preparation is Preparation.AS_PUBLISHED:
        return data
    # Imported here: only the fetching of one file needs it, no gate does.
    import onnx  # noqa: PLC0415

    graph = onnx.load_model_from_string(data)
    initialisers = {item.name for item in graph.graph.initializer}
    inputs = [item for item in graph.graph.input if item.name not in initialisers and item.name == "data"]
    del graph.graph.input[:]
    graph.graph.input.extend(inputs)
    return bytes(graph.SerializeToString(deterministic=True))
