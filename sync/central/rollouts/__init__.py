"""Roll-outs: a version of the software given to gates by stages, stopped by what fails. `core` is the pure
part. Enter by `rollouts`, `seen`, `following`, `loop` and `tables`.
"""
