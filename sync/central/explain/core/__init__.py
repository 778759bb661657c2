"""A decision made again from what was written down of it: rule by rule, with single things changed, for a
person who only might come. PURE. Enter by `replay`, `walk`, `instead` and `passing`.
"""
