"""Exchanges a gate's software for a newer version, and goes back by itself where that does not work. One
process fetches (network, no rights), another one applies (root, no network) and believes nothing that the
first one left. `core` is the pure part. Enter by `configuration`, `place`, `fetching`, `unfetched`,
`applying`, `way_back`, `trying`, `host`, `packages`, `stores` and, for models by hand, `model_mirror`; the
publisher by `publishing`.
"""
