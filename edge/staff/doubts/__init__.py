"""Faces that staff said were mistaken: kept over restarts, and in doubt until the person is enrolled anew or
a manager says otherwise. Enter by `face_doubts`, what the gate asks and keeps, and `requests`, what staff
ask.
"""
