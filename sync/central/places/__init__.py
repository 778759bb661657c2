"""The places: a tree of five levels, city to site, and what of it somebody may see. `core` is the pure part.
Enter by `addresses`, `editing`, `naming`, `sight`, `tables` and `tree`.
"""
