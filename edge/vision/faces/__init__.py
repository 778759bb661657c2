"""Faces: engines behind one protocol, quality, tracks, and enrolment from pictures. Enter by `factory` and
`engine`; `quality`, `light`, `mesh`, `occlusion`, `tracking` and `attention` serve the pipeline, `enrolment`,
`enrolment_eye`, `capture_session` and `embedding` who enrols or measures.
"""
