"""The rules that `decide` asks, by what they look at. Each yields its objections, none or several. PURE.
Enter by `clock`, `code`, `face`, `gate`, `access`, `person` and `shown`.
"""
