"""The processes of a centre that share a database: who runs, with which software, and which of
them does what one does for all. Enter by `tables`.
"""
