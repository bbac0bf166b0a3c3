"""`moderato pack`, `unpack` and `merge`: a study on its way to another computer, and back together."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from annotate.merging import merge
from annotate.packing import PACK_SUFFIX, pack
from annotate.unpacking import read_pack, unpack
from app.cli.kinds import counted
from app.cli.places import open_study
from app.cli.progress import ProgressLine
from app.merge_words import merge_lines
from app.recording import app_version
from app.size_words import size_words


def run(options: argparse.Namespace) -> int:
    """Does what the command's name says."""
    return {"pack": _pack, "unpack": _unpack, "merge": _merge}[options.command](options)


def _pack(options: argparse.Namespace) -> int:
    out = options.out
    with open_study(options.study) as store:
        if out is None:
            out = Path(store.folder.stem + PACK_SUFFIX)
        elif out.suffix != PACK_SUFFIX:
            out = out.with_name(out.name + PACK_SUFFIX)
        line = ProgressLine(out.name)
        try:
            packed = pack(store, out, media=not options.no_media, app_version=app_version(), progress=line.show)
        finally:
            line.end()
    left = f" {packed.left_out} left out (in the trash, or withdrawn)." if packed.left_out else ""
    print(f"{counted(packed.sessions, 'session')}, {size_words(packed.size_bytes)}.{left}")
    print(out)
    return 0


def _unpack(options: argparse.Namespace) -> int:
    info = read_pack(options.file)
    target = options.to if options.to is not None else Path(info.folder)
    line = ProgressLine(options.file.name)
    try:
        folder = unpack(options.file, Path(os.path.abspath(target)), line.show)  # noqa: PTH100  # `..` has no name
    finally:
        line.end()
    print(folder)
    return 0


def _merge(options: argparse.Namespace) -> int:
    line = ProgressLine(options.other.name)
    with open_study(options.study) as store:
        try:
            report = merge(store, options.other, apart=options.apart, preview=options.preview, progress=line.show)
        finally:
            line.end()
    for words in merge_lines(report, preview=options.preview):
        print(words)
    return 0
