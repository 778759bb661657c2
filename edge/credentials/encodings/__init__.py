"""The encodings that codes come in: base45, NumericDate, and bytes of strangers decoded with one declared
error. PURE. Enter by `base45_text`, `numeric_date` and `decoding`.
"""
