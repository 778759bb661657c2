"""What an installer tests by the console: outputs and inputs, a simulated lane, the checks, the log, the
support bundle. Nothing of it opens the barrier before it is in the journal. Enter by `workshop`, `hardware`
and `readings`.
"""
