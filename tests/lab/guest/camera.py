"""Feed a picture to the camera, ten times a second: `camera.py DEVICE <PICTURE`, raw YUYV of 640x480.

A dot in a corner moves, so that no two frames are alike: a picture that stands still is a camera that hangs.
"""

import fcntl
import struct
import sys
import time

WIDTH, HEIGHT = 640, 480
VIDIOC_S_FMT = 0xC0D05605
OUTPUT, YUYV, NO_FIELD, SRGB = 2, 0x56595559, 1, 8


def main(device: str) -> None:
    picture = bytearray(sys.stdin.buffer.read())
    with open(device, "wb", buffering=0) as camera:
        wanted = struct.pack(
            "<IIIIIIIIIIII", OUTPUT, 0, WIDTH, HEIGHT, YUYV, NO_FIELD, WIDTH * 2, len(picture), SRGB, 0, 0, 0
        )
        fcntl.ioctl(camera, VIDIOC_S_FMT, bytearray(wanted.ljust(208, b"\0")))
        count = 0
        while True:
            at = 2 * (WIDTH * (HEIGHT - 8) + count % 64 * 8)
            frame = picture.copy()
            frame[at : at + 16] = b"\xff\x80" * 8
            camera.write(frame)
            count += 1
            time.sleep(0.1)


main(*sys.argv[1:])
