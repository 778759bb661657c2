"""The vision worker and its parent: started, confined, listened to with bounds, killed. Enter by `supervisor`
and `process`; `confinement` is what it shuts itself into.
"""
