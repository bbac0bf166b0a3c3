"""The weights of the voice model, read from the package that carries them, without PyTorch.

Resemblyzer 0.1.4 (Apache-2.0) carries the speaker encoder of Wan et al. 2018, "Generalized End-to-End Loss for Speaker
Verification", as `pretrained.pt`. Only that file is used; the package itself would need PyTorch and is never imported.
Voices are a help, not a need: without the file a session is transcribed all the same.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import pickle
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transcribe.errors import TranscribeCode, TranscribeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PACKAGE = "resemblyzer"
_FILE = "pretrained.pt"
_SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
_HEADS = 3
"""Pickles before the one that matters: a magic number, a version, the machine."""


def weights_file() -> Path | None:
    """Where the weights lie on this computer; None if they aren't installed. Imports nothing."""
    try:
        found = importlib.util.find_spec(PACKAGE)
    except (ImportError, ValueError):
        return None
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        path = Path(folder) / _FILE
        if path.is_file():
            return path
    return None


def load_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """The arrays of the network, by PyTorch's names for them (`lstm.weight_ih_l0`, …, `linear.bias`).

    Raises:
        TranscribeError: MODEL_BROKEN, the file is not the one that is known; nothing in it is run.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{path}: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, str(path))
    return _read(content)


def _read(content: bytes) -> dict[str, NDArray[np.float32]]:
    """PyTorch's form of files before 1.6: pickles, among them the arrays' shapes; then their keys; then the numbers.

    After https://github.com/pytorch/pytorch/blob/main/torch/serialization.py, `_legacy_load`.
    """
    import numpy as np

    file = io.BytesIO(content)
    for _ in range(_HEADS):
        _Shapes(file).load()
    state: dict[str, _Tensor] = _Shapes(file).load()["model_state"]
    numbers: dict[str, NDArray[np.float32]] = {}
    for key in _Shapes(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        numbers[key] = np.frombuffer(file.read(4 * count), "<f4")
    return {
        name: numbers[tensor.key][tensor.offset : tensor.offset + int(np.prod(tensor.shape))].reshape(tensor.shape)
        for name, tensor in state.items()
        if name.startswith(("lstm.", "linear."))
    }


class _Tensor:
    """Where an array's numbers are to be found."""

    def __init__(self, storage: str, offset: int, shape: tuple[int, ...], *_: object) -> None:
        self.key, self.offset, self.shape = storage, offset, shape


class _Shapes(pickle.Unpickler):
    """Reads what the file says of its arrays; makes nothing but those and ordered dictionaries."""

    def find_class(self, module: str, name: str) -> Any:
        import collections

        match module, name:
            case "collections", "OrderedDict":
                return collections.OrderedDict
            case "torch._utils", "_rebuild_tensor_v2":
                return _Tensor
            case "torch", "FloatStorage":
                return str
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> str:
        return str(pid[2])
