"""Pixels: colours are BT.601 limited, cv2 leaves nothing in the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from capture.imaging import gap_slate, pause_slate, preview_jpeg, to_i420

ROOT = Path(__file__).parents[3]


def test_colours_are_bt601_limited() -> None:
    for bgr, expected in (
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((0, 0, 255), (82, 90, 240)),
    ):
        pixels = np.zeros((4, 6, 4), np.uint8)
        pixels[..., :3] = bgr
        planes = to_i420(pixels)
        assert planes.shape == (6, 6)
        flat = planes.reshape(-1)
        found = (int(flat[0]), int(flat[24]), int(flat[30]))
        assert all(abs(a - b) <= 1 for a, b in zip(found, expected, strict=True))


def test_slates_are_plain_and_differ() -> None:
    for width, height in ((16, 16), (640, 360), (1920, 1080)):
        pause, gap = pause_slate(width, height), gap_slate(width, height)
        assert pause.shape == gap.shape == (height * 3 // 2, width)
        assert not np.array_equal(pause, gap)
        assert len(np.unique(pause[:height])) == 2


def test_previews_keep_their_shape_and_are_never_enlarged() -> None:
    from capture.imaging import cv2

    jpeg = preview_jpeg(to_i420(np.zeros((1080, 1920, 4), np.uint8)), 480)
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (270, 480, 3)
    small = preview_jpeg(to_i420(np.zeros((20, 30, 4), np.uint8)), 480)
    assert cv2.imdecode(np.frombuffer(small, np.uint8), cv2.IMREAD_COLOR).shape == (20, 30, 3)
    assert preview_jpeg(pause_slate(64, 48), 480)[:2] == b"\xff\xd8"


def test_cv2_leaves_no_qt_variables_behind() -> None:
    code = (
        "import os, types, sys\n"
        "class Cv2(types.ModuleType):\n"
        "  def __getattr__(self, name): return lambda *a: None\n"
        "class Finder:\n"
        "  def find_spec(self, name, path=None, target=None):\n"
        "    if name == 'cv2':\n"
        "      os.environ['QT_QPA_PLATFORM_PLUGIN_PATH'] = '/cv2'; os.environ['QT_SCALE_FACTOR'] = '3'\n"
        "      sys.modules['cv2'] = Cv2('cv2'); import importlib.machinery as m\n"
        "      return m.ModuleSpec('cv2', type('L', (), {'create_module': lambda s, p: sys.modules['cv2'],\n"
        "                                             'exec_module': lambda s, m: None})())\n"
        "sys.meta_path.insert(0, Finder())\n"
        "import capture.imaging\n"
        "print(sorted((k, v) for k, v in os.environ.items() if k.startswith('QT_')))"
    )
    environment = {"PYTHONPATH": str(ROOT), "QT_SCALE_FACTOR": "2", "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[('QT_SCALE_FACTOR', '2')]", done.stderr
