"""Plans an import of subjects before anything changes, and says what is wrong with a list. PURE. Enter by
`import_plan`, `problems`, `corrections` and `shown_plan`.
"""
