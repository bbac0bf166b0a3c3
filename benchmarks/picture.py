"""`python -m benchmarks.picture`: is the smallest text legible as recorded, and how fast is a moment found."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from statistics import median, quantiles

import av
import mss
import numpy as np
from numpy.typing import NDArray

from benchmarks.desk import on_private_desktop
from benchmarks.recorders import Moderato
from benchmarks.workloads import Workload
from capture.encode import CRF, PRESET

CROP = (466, 200, 640, 112)
"""x, y, width, height of a part of the page of 11-point text, in the workload's window."""
GAP = 8
SEEKS = 40


def luminance(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """BT.601 luminance 0-255, shape (height, width), of BGR pixels."""
    blue, green, red = (pixels[..., index].astype(np.float32) for index in range(3))
    weighed: NDArray[np.float32] = np.rint(0.114 * blue + 0.587 * green + 0.299 * red)
    return weighed.astype(np.uint8)


def psnr_db(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio of two pictures of one shape; infinite for equal ones."""
    error = float(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2))
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))


def last_picture(path: Path) -> NDArray[np.uint8]:
    """BGR pixels of a file's last picture."""
    last = None
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(container.streams.video[0]):
            last = frame
    if last is None:
        raise ValueError("no picture")
    return last.to_ndarray(format="bgr24").astype(np.uint8)


def seek_ms(path: Path) -> list[float]:
    """Milliseconds from asking for a random moment to its decoded picture, again and again on one open file."""
    dice = random.Random(1)
    result = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        times = [packet.pts for packet in container.demux(stream) if packet.pts is not None]
        for _ in range(SEEKS):
            wanted = dice.choice(times)
            begun = time.perf_counter()
            container.seek(wanted, stream=stream)
            for frame in container.decode(stream):
                if frame.pts is not None and frame.pts >= wanted:
                    break
            result.append((time.perf_counter() - begun) * 1000)
    return result


def write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Writes BGR pixels."""
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = pixels.shape[1], pixels.shape[0], "rgb24"
        stream.time_base = Fraction(1, 1)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="bgr24").reformat(format="rgb24")
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def measure(folder: Path, seconds: float, crop_path: Path | None) -> list[str]:
    """Records the scripted desktop, takes a picture of the screen at the end, and compares."""
    recorder = Moderato()
    x, y, width, height = CROP
    with Workload("desktop", folder) as workload:
        with mss.MSS() as screen:
            size = (screen.monitors[0]["width"], screen.monitors[0]["height"])
            recorder.start(folder, size)
            workload.act()
            time.sleep(seconds)
            workload.rest()
            time.sleep(0.5)
            shot = screen.grab({"left": x, "top": y, "width": width, "height": height})
        shown = np.frombuffer(shot.bgra, np.uint8).reshape(height, width, 4)[..., :3]
        time.sleep(0.2)
        path, _dropped = recorder.stop()
    kept = last_picture(path)[y : y + height, x : x + width]
    if crop_path is not None:
        write_png(crop_path, np.concatenate([shown, np.full((GAP, width, 3), 128, np.uint8), kept]))
    seeks = seek_ms(path)
    likeness = psnr_db(luminance(shown), luminance(kept))
    return [
        f"  11-point text, as recorded against as shown: {likeness:.1f} dB (luminance)",
        f"  a random moment of {seconds:.0f} s is found and decoded in {median(seeks):.0f} ms "
        f"(95 %: {quantiles(seeks, n=20)[-1]:.0f} ms)",
    ]


def main() -> int:
    """Entry of the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.picture", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--crop", type=Path, help="write shown (above) and recorded (below) at 100 %% to this PNG")
    options = parser.parse_args()

    def work() -> None:
        print(f"libx264 {PRESET} crf {CRF}, 1920x1080 at 30 frames a second, {os.cpu_count()} processors")
        with tempfile.TemporaryDirectory(prefix="moderato-picture-") as folder:
            print("\n".join(measure(Path(folder), options.seconds, options.crop)))

    return on_private_desktop(work)


if __name__ == "__main__":
    sys.exit(main())
