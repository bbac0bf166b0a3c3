"""The Whisper models that can be had by name, and what is known of each without trying it."""

from __future__ import annotations

from dataclasses import dataclass

_TOKENS = 100
"""Tokens in 29 s of speech, about."""
_BEAMS = 5
_FRAMES = 1500
"""Places that the encoder looks at in each window of 30 s, however little is said in it."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model that can be had.

    Attributes:
        size_bytes: about what its files take; the exact size comes with a download.
        encoder, decoder: millions of parameters. From the sizes of the layers in the models' own configurations
            (Radford et al. 2022, table 1, https://arxiv.org/abs/2212.04356; distilled ones have the encoder of
            their teacher and two or four of its decoder's layers, https://arxiv.org/abs/2311.00430).
    """

    name: str
    repo: str
    size_bytes: int
    multilingual: bool
    encoder: int
    decoder: int

    @property
    def memory_bytes(self) -> int:
        """What a transcription takes at its peak: the weights as they are read, and what the rest of it needs.

        The part beside the weights is measured (docs/benchmarks.md); models run with 8-bit weights, but are read from
        16-bit files.
        """
        return 500_000_000 + self.size_bytes * 13 // 10

    @property
    def languages(self) -> int:
        """How many it knows: https://github.com/openai/whisper/blob/main/whisper/tokenizer.py."""
        if not self.multilingual:
            return 1
        return 100 if self.name in {"large-v3", "large-v3-turbo"} else 99

    @property
    def work(self) -> float:
        """What it computes for a window of speech, to compare models by: multiplications of its two halves."""
        return float(self.encoder * _FRAMES + self.decoder * _TOKENS * _BEAMS)


def _spec(name: str, megabytes: int, encoder: int, decoder: int, repo: str | None = None) -> ModelSpec:
    english_only = name.endswith(".en") or name.startswith("distil-")
    repo = repo or f"Systran/faster-whisper-{name}"
    return ModelSpec(name, repo, megabytes * 1_000_000, not english_only, encoder, decoder)


# From the quickest to the most able; names and repositories are faster-whisper's own.
CATALOGUE = (
    _spec("tiny.en", 78, 8, 30),
    _spec("tiny", 78, 8, 30),
    _spec("base.en", 148, 21, 52),
    _spec("base", 148, 21, 52),
    _spec("distil-small.en", 336, 88, 78, "Systran/faster-distil-whisper-small.en"),
    _spec("small.en", 486, 88, 154),
    _spec("small", 486, 88, 154),
    _spec("distil-medium.en", 792, 307, 87, "Systran/faster-distil-whisper-medium.en"),
    _spec("medium.en", 1530, 307, 457),
    _spec("medium", 1530, 307, 457),
    _spec("distil-large-v2", 1515, 637, 119, "Systran/faster-distil-whisper-large-v2"),
    _spec("distil-large-v3", 1515, 637, 119, "Systran/faster-distil-whisper-large-v3"),
    _spec("distil-large-v3.5", 1515, 637, 119, "distil-whisper/distil-large-v3.5-ct2"),
    _spec("large-v3-turbo", 1620, 637, 172, "mobiuslabsgmbh/faster-whisper-large-v3-turbo"),
    _spec("large-v1", 3090, 637, 907),
    _spec("large-v2", 3090, 637, 907),
    _spec("large-v3", 3090, 637, 907),
)
WEIGHTS = {
    "tiny.en": (75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
    "tiny": (75_538_270, "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1"),
    "base.en": (145_216_508, "2a166925539a16005f14ff328359f9b9adb9dc4fb631bb3b227526862e93e2ef"),
    "base": (145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
    "distil-small.en": (332_308_257, "1187de3982cdcf962a2fb8f797e429fb4651b875b18fe9ce50b58b52fc9072b7"),
    "small.en": (483_545_366, "62b2a45b05ee59acb4a5341b33ee35e041395d378d418a18acfe4c9e768ee37a"),
    "small": (483_546_902, "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671"),
    "distil-medium.en": (788_826_555, "d4cb75d823dcd2647191064da76f026774c06c036908f38456165368d0e2d66a"),
    "medium.en": (1_527_904_330, "11b220779aea4c6f3ce9d2549c8a95ea869ed84066864b999531ef53e594fe5b"),
    "medium": (1_527_906_378, "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae"),
    "distil-large-v3": (1_512_927_867, "b79368e19b6623813609431a6e5ee309a71506701ebc49fd7820e692dec7c5f5"),
    "large-v3-turbo": (1_617_884_929, "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da"),
    "large-v2": (3_086_912_962, "bf2a9746382e1aa7ffff6b3a0d137ed9edbd9670c3b87e5d35f5e85e70d0333a"),
    "large-v3": (3_087_284_237, "69f74147e3334731bc3a76048724833325d2ec74642fb52620eda87352e3d4f1"),
}
"""Size and sha256 of model.bin in the repositories above, where two projects that pin them name the same: a model that
came by hand is held against it. large-v1, distil-large-v2 and distil-large-v3.5 are only tried with a sentence."""
ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}


def spec_of(name: str) -> ModelSpec | None:
    """The model of that name or other name; None for one that isn't listed."""
    name = ALIASES.get(name, name)
    return next((spec for spec in CATALOGUE if spec.name == name), None)
