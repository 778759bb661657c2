"""Photographed QR codes: how many each reader reads, with and without retries, and what a frame costs.

python tests/bench/bench_codes.py            # with OpenCV's own detector, and WeChat's where OpenCV has it
python tests/bench/bench_codes.py retries    # what each retry adds, on photographs made worse
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.errors import VisionError
from edge.vision.codes.factory import open_reader
from edge.vision.codes.reader import CodeReader, Variant, grey_of
from edge.vision.configuration import CodeReaderName
from edge.vision.pictures.reading import read_picture

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.bench.worse_codes import Grey, worse

CODES = Path(__file__).resolve().parents[3] / "shared" / "data" / "qr"
ENDINGS = (".png", ".jpg", ".webp")


def pictures() -> list[tuple[Path, str]]:
    """Each photograph with the text that its code says."""
    found = []
    for text in sorted(CODES.glob("qrcode-*/*.txt")):
        picture = next((path for ending in ENDINGS if (path := text.with_suffix(ending)).exists()), None)
        if picture is not None and not text.name.endswith(".result.txt"):
            found.append((picture, text.read_bytes().decode("utf-8", "replace").strip()))
    return found


def run(reader: CodeReader, variants: tuple[Variant, ...]) -> None:
    right = wrong = 0
    took = 0.0
    wanted = pictures()
    for path, text in wanted:
        grey = grey_of(read_picture(path))
        began = time.perf_counter()
        codes = next((codes for variant in variants if (codes := reader.read_codes(grey, variant))), ())
        took += time.perf_counter() - began
        texts = [code.text.strip() for code in codes]
        right += text in texts
        wrong += bool(texts) and text not in texts
    empty = sorted(CODES.glob("falsepositives-*/*"))
    ghosts = 0
    for path in empty:
        grey = grey_of(read_picture(path))
        ghosts += any(reader.read_codes(grey, variant) for variant in variants)
    name = reader.name + (" with retries" if len(variants) > 1 else "")
    print(
        f"{name:<26}{right:>6} of {len(wanted)}{wrong:>9}{ghosts:>10} of {len(empty)}"
        f"{1000 * took / len(wanted):>12.1f}"
    )


def run_video(reader: CodeReader) -> None:
    """Every frame by itself, as it is: what a gate sees of a hand that moves."""
    video = cv2.VideoCapture(str(CODES.parent / "video" / "qr_movie.mp4"))
    frames = with_code = 0
    took = 0.0
    texts: set[str] = set()
    while (taken := video.read())[0]:
        grey = grey_of(np.asarray(taken[1], np.uint8))
        began = time.perf_counter()
        codes = reader.read_codes(grey, Variant.AS_IS)
        took += time.perf_counter() - began
        frames += 1
        with_code += bool(codes)
        texts |= {code.text for code in codes}
    print(
        f"{reader.name:<26}{with_code:>6} of {frames} frames, {len(texts)} different texts"
        f"{1000 * took / max(frames, 1):>12.1f}"
    )


def others() -> dict[str, Callable[[Grey], list[str]]]:
    """Second detectors that were tried: OpenCV's, and WeChat's (of opencv-contrib, without its models)."""
    detector = cv2.QRCodeDetector()
    found: dict[str, Callable[[Grey], list[str]]] = {
        "OpenCV": lambda grey: list(detector.detectAndDecodeMulti(grey)[1])
    }
    if hasattr(cv2, "wechat_qrcode_WeChatQRCode"):
        wechat: Any = cv2.wechat_qrcode_WeChatQRCode()
        found["WeChat"] = lambda grey: list(wechat.detectAndDecode(grey)[0])
    return found


def run_second(detect: Callable[[Grey], list[str]], missed: list[tuple[Grey, str]], name: str) -> None:
    """How many of the codes that nothing else reads a second detector reads."""
    right, began = 0, time.process_time()
    for grey, text in missed:
        # Both raise on some pictures; UnicodeDecodeError on every code in GBK.
        with suppress(cv2.error, UnicodeDecodeError):
            right += text in [said.strip() for said in detect(grey)]
    took = 1000 * (time.process_time() - began) / max(1, len(missed))
    print(f"{name:<26}{right:>6} of {len(missed)} that are left{took:>12.1f} ms of CPU each")


def run_retries() -> None:
    """What each retry adds to those before it."""
    reader = open_reader(CodeReaderName.ZXING)
    left = [(grey, text) for _, grey, text in worse([(grey_of(read_picture(p)), t) for p, t in pictures()])]
    print(f"{len(left)} photographs made worse")
    for variant in Variant:
        tried, began, missed = len(left), time.process_time(), []
        for grey, text in left:
            if text not in [code.text.strip() for code in reader.read_codes(grey, variant)]:
                missed.append((grey, text))
        took = 1000 * (time.process_time() - began) / max(1, tried)
        print(f"{variant:<26}{tried - len(missed):>6} of {tried} that were left{took:>12.1f} ms of CPU each")
        left = missed
    for name, detect in others().items():
        run_second(detect, left, name)


def main() -> int:
    if not CODES.is_dir():
        print(f"SKIPPED: no photographs at {CODES}")
        return 0
    cv2.setNumThreads(1)
    if sys.argv[1:] == ["retries"]:
        run_retries()
        return 0
    print(f"{'reader':<26}{'right':>13}{'other text':>9}{'ghosts':>16}{'ms/picture':>12}")
    for name in CodeReaderName:
        try:
            reader = open_reader(name)
        except VisionError as error:
            print(f"{name:<26} SKIPPED: {error}")
            continue
        run(reader, (Variant.AS_IS,))
        run(reader, tuple(Variant))
        run_video(reader)
    return 0


if __name__ == "__main__":
    sys.exit(main())
