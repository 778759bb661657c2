"""The hash that chains one entry of the audit to the one before. PURE. Enter by `chain`."""
