"""What a roll-out does next: which gates are asked, when the next stage begins, when it stops. PURE. Enter by
`plan`.
"""
