"""What gates' staff ask for: enrolments, and withdrawals of consent, kept until a registrar has decided, and
answered to the gate. Enter by `requests`, `deciding`, `intake` and `tables`.
"""
