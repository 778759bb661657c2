"""Whether a face in the picture is a living one: what the worker measures in single frames. Enter by
`factory`.
"""
