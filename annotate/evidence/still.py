"""Making a still: the very picture that was shown at a moment, as a PNG."""

from __future__ import annotations

from pathlib import Path

import av  # noqa: TID253
from PIL import Image

from annotate.errors import StudyCode, StudyError
from annotate.evidence import paint
from annotate.evidence.source import Source, as_i420, pictures
from annotate.evidence.spec import StillSpec
from annotate.timeline import SECOND, TimeRange

MARKED_NS = 5 * SECOND
"""Places of observations this near to the moment are shown."""


def render_still(source: Source, spec: StillSpec, target: Path) -> None:
    """Write the picture to `target`.

    Raises:
        StudyError: NO_FRAMES.
        OSError: the file cannot be written.
    """
    shot = next(pictures(source.path, TimeRange(spec.t_ns, spec.t_ns + 1)), None)
    if shot is None:
        raise StudyError(StudyCode.NO_FRAMES, str(source.path))
    frame = shot[1]
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    picture = as_i420(frame, width, height)
    private = source.is_private(spec.t_ns)
    if spec.pointer and not private:
        place = source.pointer_at(spec.t_ns)
        if place is not None:
            halo = paint.halo(height)
            paint.lay(picture, halo, *paint.centred(halo, place.x, place.y))
        for click in source.clicks:
            age = spec.t_ns - click.t_ns
            if 0 <= age < paint.RING_NS:
                ring = paint.ring(int(age * paint.RING_STEPS // paint.RING_NS) // 2, height)
                paint.lay(picture, ring, *paint.centred(ring, click.x, click.y))
    if spec.marks and not private:
        near = [one for one in source.marked if abs(one.t_start_ns - spec.t_ns) <= MARKED_NS]
        for number, one in enumerate(near, 1):
            pin = paint.pin(str(number), height)
            assert one.x is not None
            assert one.y is not None
            paint.lay(picture, pin, *paint.centred(pin, one.x, one.y))
    painted = av.VideoFrame.from_ndarray(picture, format="yuv420p")
    pixels = painted.reformat(format="rgb24", src_colorspace="ITU601").to_ndarray()
    Image.fromarray(pixels).save(target, format="PNG")
