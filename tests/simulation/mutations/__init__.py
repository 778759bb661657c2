"""What a developer might get wrong, one function each: it takes the product's function and returns the one
that is put in its place. `tests.simulation.mutants` says where, and who is to notice.
"""
