"""What a policy sees: state vectors, pictures, or several of a rig's measurements at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box, Dict, Space
from numpy.typing import NDArray

from simgen.env.task import Feature
from simgen.errors import UserError
from simgen.scenario import CameraSpec, Scene

if TYPE_CHECKING:
    from simgen.labels.frame import CameraFrame

STATE, CAMERA = "state", "camera"
FARTHEST_M = 1000.0
"""What `depth` says of the sky and of all that is further."""
_SHAPES: dict[str, tuple[int, type[np.generic], float, float]] = {
    "rgb": (3, np.uint8, 0, 255),
    "depth": (1, np.float32, 0.0, FARTHEST_M),
    "instance": (1, np.uint16, 0, 65535),
    "semantic": (1, np.uint8, 0, 255),
    "normal": (3, np.int8, -128, 127),
    "flow": (2, np.int16, -32768, 32767),
    "transmittance": (1, np.uint8, 0, 255),
}
"""Channels, dtype and bounds. All are (height, width, channels), one channel too, since that is what agents' networks
and wrappers know as a picture; shards and ground truth have no such axis."""
MODALITIES = tuple(_SHAPES)
"""What of a camera can be observed; `flow` and `normal` as shards hold them (see `simgen.dataset`)."""


@dataclass(frozen=True)
class View:
    """One camera's measurement in an observation; `camera` "" is the scenario's first."""

    key: str
    camera: str
    modality: str


@dataclass(frozen=True)
class Observation:
    """What an environment observes.

    Attributes:
        state: whether the state vector is part of it.
        views: of cameras.
        alone: a single array and no Dict.
        image_size: (height, width) of the pictures; None leaves each camera its own.
    """

    state: bool
    views: tuple[View, ...]
    alone: bool
    image_size: tuple[int, int] | None

    @staticmethod
    def of(wanted: str | Sequence[str], image_size: tuple[int, int] | None) -> Observation:
        """From "state", "camera", or the keys of a Dict: "state", "CAMERA", "CAMERA/MODALITY".

        Raises:
            UserError: there is no such observation.
        """
        if image_size is not None and not (_is_pair(image_size) and min(image_size) >= 8):
            raise UserError(f"image_size is {image_size}; expected (height, width), each at least 8 pixels, or None")
        size = None if image_size is None else (int(image_size[0]), int(image_size[1]))
        if wanted == STATE:
            return Observation(True, (), True, size)
        if wanted == CAMERA:
            return Observation(False, (View(CAMERA, "", "rgb"),), True, size)
        listed = isinstance(wanted, (list, tuple)) and all(isinstance(w, str) for w in wanted)
        if not listed or not wanted:
            raise UserError(
                f"observation is {wanted!r}; expected {STATE!r}, {CAMERA!r}, or a list of {STATE!r}, camera names and "
                f"CAMERA/MODALITY such as ['state', 'front', 'front/depth']"
            )
        return Observation(STATE in wanted, tuple(_view(w) for w in wanted if w != STATE), False, size)

    def space(self, features: Sequence[Feature], scene: Scene | None) -> Space[Any]:
        """The observation space.

        Args:
            features: the state vector.
            scene: has the cameras; None where no camera's own size is needed.

        Raises:
            UserError: the scene has no such camera.
        """
        spaces: dict[str, Space[Any]] = {}
        if self.state:
            spaces[STATE] = state_space(features)
        for view in self.views:
            spaces[view.key] = _box(view, self._size(view, scene))
        return next(iter(spaces.values())) if self.alone else Dict(spaces)

    def cameras(self, scene: Scene, rate_hz: float, labels: Sequence[str] = ()) -> tuple[CameraSpec, ...]:
        """The cameras that are observed, each with what is asked of it.

        Raises:
            UserError: the scene has no such camera.
        """
        asked: dict[str, set[str]] = {}
        for view in self.views:
            spec = camera_of(scene, view.camera)
            asked.setdefault(spec.name, set()).update({view.modality} - {"rgb"})
        out = []
        for name, modalities in asked.items():
            spec = camera_of(scene, name)
            height, width = self.image_size or (spec.height, spec.width)
            keep = tuple(sorted(modalities | set(labels)))
            out.append(dataclasses.replace(spec, width=width, height=height, labels=keep, rate_hz=rate_hz))
        return tuple(out)

    def take(self, state: NDArray[np.float32] | None, frames: dict[str, CameraFrame], scene: Scene) -> Any:
        """The observation of a state vector and the frames by camera."""
        parts: dict[str, NDArray[Any]] = {}
        if state is not None:
            parts[STATE] = state
        for view in self.views:
            parts[view.key] = _measured(frames[camera_of(scene, view.camera).name], view.modality)
        return next(iter(parts.values())) if self.alone else parts

    def _size(self, view: View, scene: Scene | None) -> tuple[int, int]:
        if self.image_size is not None:
            return self.image_size
        assert scene is not None  # asked for where sizes are the cameras' own
        spec = camera_of(scene, view.camera)
        return spec.height, spec.width


def state_space(features: Sequence[Feature]) -> Box:
    """Box of shape (len(features),) float32 in SI units with their bounds."""
    low, high = np.array([(f.low, f.high) for f in features], np.float32).T.copy()
    return Box(low, high, dtype=np.float32)


class StateVector:
    """Makes vectors of the entries of features.

    Args:
        features: entry by entry.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self._low, self._high = np.array([f.low for f in features]), np.array([f.high for f in features])
        self._low32, self._high32 = self._low.astype(np.float32), self._high.astype(np.float32)

    def of(self, values: Sequence[float]) -> NDArray[np.float32]:
        """Values clipped to the bounds of their features: (len(features),) float32, SI units."""
        if len(values) != len(self._low):
            raise AssertionError(f"{len(values)} values for {len(self._low)} features")
        out: NDArray[np.float32] = np.array(values, np.float64).clip(self._low, self._high).astype(np.float32)
        return out.clip(self._low32, self._high32)


def camera_of(scene: Scene, name: str) -> CameraSpec:
    """A scene's camera by name, the first for "".

    Raises:
        UserError: there is none.
    """
    known = {c.name: c for c in scene.cameras}
    if not known:
        raise UserError(f"scenario {scene.scenario_id!r} has no camera; add one under `sensors`")
    if name and name not in known:
        raise UserError(f"scenario {scene.scenario_id!r} has no camera {name!r}; it has: {', '.join(known)}")
    return known[name] if name else scene.cameras[0]


def _is_pair(size: Any) -> bool:
    return isinstance(size, (list, tuple)) and len(size) == 2 and all(isinstance(s, (int, np.integer)) for s in size)


def _view(key: str) -> View:
    camera, _, modality = key.partition("/")  # no dot: PyTorch refuses it in names of modules, which keys become
    modality = modality or "rgb"
    if modality not in _SHAPES:
        raise UserError(f"observation {key!r}: cameras measure {', '.join(MODALITIES)}, not {modality!r}")
    return View(key, "" if camera == CAMERA else camera, modality)


def _box(view: View, size: tuple[int, int]) -> Box:
    channels, dtype, low, high = _SHAPES[view.modality]
    return Box(low, high, (*size, channels), dtype=dtype)  # type: ignore[arg-type]


def _measured(frame: CameraFrame, modality: str) -> NDArray[Any]:
    """A measurement, (H, W, channels) as its space has it; only depth may be out of bounds."""
    if modality == "depth":
        assert frame.depth_m is not None
        return np.minimum(frame.depth_m, np.float32(FARTHEST_M))[:, :, None]
    found: NDArray[Any] | None = getattr(frame, modality)
    assert found is not None
    return found[:, :, None] if found.ndim == 2 else found
