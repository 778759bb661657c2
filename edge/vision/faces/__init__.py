"""Faces: engines behind one protocol, quality, tracks, and enrolment from pictures. Enter by `factory` and
`engine`; `quality`, `mesh`, `tracking` and `attention` serve the pipeline, `enrolment`, `capture_session` and
`embedding` who enrols or measures.
"""
