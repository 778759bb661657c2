"""Plans an import of subjects before anything changes, and says what may be shown of a person and for what
purpose. PURE. Enter by `import_plan`, `purposes`, `masking` and `consent_form`.
"""
