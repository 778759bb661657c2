"""Whether a face is a living one: measures of several frames fused, and moves that the gate asks for.

Pure: values in, values out; time comes with the frames, chance is passed in.
"""
