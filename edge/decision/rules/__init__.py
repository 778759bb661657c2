"""The rules that `decide` asks, by what they look at. Each yields its objections, none or several. PURE.
Enter by `gate` (registry, policy, lock, staff), `shown` (what was shown at all), `face`, `code`, `person`
(validity, isolation, the status: a yellow code at the exit), `access` (who may, where and when; a full
site) and `clock`.
"""
