"""A gate on the bench, as the tests of the running gate have it."""

from tests.edge.runtime.conftest import bench, founded

__all__ = ["bench", "founded"]
