"""Picture files of strangers, bounded before anything is decoded, as eight bits of red, green and blue. Enter
by `reading`.
"""
