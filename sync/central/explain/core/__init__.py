"""A decision made again from what was written down of it: rule by rule, with single things changed, under
other rules, for a person who only might come. PURE. Enter by `replay`, `walk`, `instead`, `passing`, `tally`
and `sayings`.
"""
