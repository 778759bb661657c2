"""The ways by which a message goes, behind one protocol: laid out for a page, by mail, by the webhook. Enter
by `mail`, `page`, `protocol` and `webhook`.
"""
