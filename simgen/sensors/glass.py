"""What lies on the glass before a lens: drops of water, which are lenses themselves, and dirt. Both are out of focus.

A pixel gathers light over the pupil, whose points see other places of the glass: at the distance D of the glass a
pupil of diameter A blurs over A / D radians. A drop that lies on the glass is a cap of a sphere of radius R with a
flat back; near its middle it is a thin lens with f = R / (n - 1), through which the scene stands on its head and is
smaller by f / D. Farther out light is turned by asin(n h / R) - asin(h / R) at the distance h from the middle (Snell).
Distances on the glass and angles are told in pixels, of which a radian has as many as in the middle of the picture.
What lies beyond the picture is taken to look like its border.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Rain
from simgen.conditions.rain import MM_PER_H, fall_speed_mps
from simgen.render.camera_model import CameraModel
from simgen.render.lens_map import NOWHERE, lens_map
from simgen.rng import Stream
from simgen.scenario import CameraSpec, Scene
from simgen.sensors.glass_kernels import BLOTCH, add_drop, blotches, compose, out_of_focus
from simgen.sensors.optics_kernels import halve
from simgen.snapshot import Cast

WATER_INDEX = 1.333
CONTACT_RAD = math.radians(45.0)
"""Angle between water and glass at the edge of a drop; clean glass 20 to 50 degrees, water-repellent 90 and more."""
CAPILLARY_M = 2.727e-3
"""Capillary length of water, beyond which drops are flattened: the largest radius of a drop on the glass."""
LEAST_M = 0.4e-3
"""Diameter of the smallest drops of rain that are seen on a glass one by one."""
LIFE_S = 10.0
"""How long a drop stays before it runs off or dries."""
OPACITY, DULLNESS = 0.85, (0.26, 0.23, 0.18)
"""Share of the light on dirt that does not go straight through it, and how bright dirt looks beside the mean of what
shines on it: dry soil absorbs most of the light that it scatters."""
_DIRT_M = (0.1e-3, 2.0e-3)  # radii of blotches
_MOST_PER_S = 400  # drops that may come in a second, of which the rain takes its share; more would run together
_DRAWS = 5  # time, share, x, y, size
_TYPICAL_M, _HEIGHT_M = 1.5e-3, 1.5  # of a drop, for the speed of its fall; of a camera, for the wind there
_QUANTILES = 256
_PUPIL = 32
_BATCH = 512


def cap_radius_m(diameter_m: float) -> float:
    """Radius of the edge of a drop on glass that had a diameter in the air: a cap of the same volume.

    V = pi a^3 (2 - 3 cos t + cos^3 t) / (3 sin^3 t) for the contact angle t.
    """
    c, s = math.cos(CONTACT_RAD), math.sin(CONTACT_RAD)
    cap = math.pi * (2.0 - 3.0 * c + c**3) / (3.0 * s**3)
    return min(math.pow(math.pi / 6.0 / cap, 1.0 / 3.0) * diameter_m, CAPILLARY_M)


def focal_length_m(curvature_m: float) -> float:
    """Focal length of a plano-convex drop with a radius of curvature: R / (n - 1)."""
    return curvature_m / (WATER_INDEX - 1.0)


@lru_cache(maxsize=1)
def profile() -> NDArray[np.float32]:
    """(Q, 2): tan of the turning over h / R, and the share that gets through, from a drop's middle to its edge."""
    rows = []
    edge = math.sin(CONTACT_RAD)
    for k in range(_QUANTILES):
        x = max(edge * k / (_QUANTILES - 1), 1e-6)
        inside, outside = math.asin(x), math.asin(WATER_INDEX * x)
        turned = math.tan(outside - inside) / x
        s = math.cos(inside) * WATER_INDEX, math.cos(outside)
        p = math.cos(inside), math.cos(outside) * WATER_INDEX
        lost = 0.5 * sum(((a - b) / (a + b)) ** 2 for a, b in (s, p))
        rows.append((turned, 1.0 - lost))
    return np.array(rows, np.float32)


@lru_cache(maxsize=8)
def _sizes_m(slope_per_m: float) -> tuple[float, ...]:
    """Quantiles of the diameters of drops of at least `LEAST_M`, by Marshall and Palmer."""
    shares = [min(k / (_QUANTILES - 1), 1.0 - 0.5 / (_QUANTILES - 1)) for k in range(_QUANTILES)]
    return tuple(LEAST_M - math.log(1.0 - u) / slope_per_m for u in shares)


class Glass:
    """The glass before one camera in one scene.

    Args:
        spec: the camera; its `glass` says what lies there.
        model: its geometry.
        stream: keyed by scene and camera.
        toward_mps: speed at which drops of rain meet the glass; without it they fall past.
    """

    def __init__(self, spec: CameraSpec, model: CameraModel, stream: Stream, toward_mps: float = 0.0) -> None:
        self._glass, self._model, self._stream = spec.glass, model, stream
        self._toward_mps = max(toward_mps, 0.0)
        self._px_per_m = model.fx / spec.glass.distance_m
        pupil_m = model.fx * spec.sensor.pixel_m / spec.f_number
        self.blur_px = pupil_m * self._px_per_m
        self._step = max(1, math.floor(self.blur_px / 4.0))
        self._pupil = _disc_points(0.5 * self.blur_px)
        self._beyond = lens_map(model).face == NOWHERE if model.distortion else np.zeros(0, np.bool_)
        self._dirt = self._soil() if spec.glass.dirt > 0.0 else np.zeros((0, 0), np.float32)
        self._seconds: dict[int, NDArray[np.float64]] = {}
        self._levels: list[NDArray[np.float32]] = []

    def through(
        self, radiance: NDArray[np.float32], rain: Rain, time_s: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What of radiance (H, W, 3) float32 in cd/m2 reaches the lens, and the share (H, W) that was not let alone.

        Args:
            radiance: of the scene.
            rain: at this time, for as many drops as it brings.
            time_s: simulated time.
        """
        h, w = self._model.height, self._model.width
        layer = np.zeros((h // self._step + 2, w // self._step + 2, 4), np.float32)
        drops = self.drops(rain, time_s)
        seen = radiance.reshape(-1, 3)[~self._beyond] if len(self._beyond) else radiance.reshape(-1, 3)
        mean = seen.mean(axis=0, dtype=np.float64)
        if len(drops):
            self._halve(radiance, mean)
        for x, y, a_m in drops.tolist():
            curvature_px = a_m / math.sin(CONTACT_RAD) * self._px_per_m
            bend = self._model.fx / curvature_px  # pixels of displacement for each pixel from the middle, per unit
            smaller = bend * (WATER_INDEX - 1.0)
            # Coarser than the points of the pupil lie apart in it, so that a lamp is a disc and not dots.
            level = math.log2(max(smaller * max(3.0 * self.blur_px / math.sqrt(_PUPIL), 1.0), 1.0))
            level = min(round(level), len(self._levels) - 1)
            add_drop(
                x, y, a_m * self._px_per_m, bend, profile(), self._pupil, self._levels[level], 2.0**level, self._step,
                layer,
            )  # fmt: skip
        dull = mean * np.array(DULLNESS)
        out, share = np.empty_like(radiance), np.empty((h, w), np.float32)
        compose(radiance, layer, self._step, self._dirt, np.float32(OPACITY), dull.astype(np.float32), out, share)
        if len(self._beyond):
            out.reshape(-1, 3)[self._beyond] = 0.0
            share.reshape(-1)[self._beyond] = 0.0
        return out, share

    def drops(self, rain: Rain, time_s: float) -> NDArray[np.float64]:
        """The drops on the glass: (N, 3) x and y in pixels and radius in metres, the oldest first.

        Each comes at a time of its own and stays for `LIFE_S`, or until the wiper comes by.
        """
        margin = CAPILLARY_M * self._px_per_m + self.blur_px
        wide, high = self._model.width + 2.0 * margin, self._model.height + 2.0 * margin
        share = self._per_second(rain) * wide * high / (self._model.width * self._model.height) / _MOST_PER_S
        if share <= 0.0:
            return np.zeros((0, 3))
        wiper_s = self._glass.wiper_s
        since_s = time_s - LIFE_S
        if wiper_s > 0.0:
            since_s = max(since_s, math.floor(time_s / wiper_s) * wiper_s)
        sizes = _sizes_m(rain.slope_per_m if rain.rate_mps > 0.0 else Rain(10.0 * MM_PER_H).slope_per_m)
        found = []
        for second in range(math.floor(since_s), math.floor(time_s) + 1):
            draws = self._second(second)
            born = second + draws[:, 0]
            here = draws[(draws[:, 1] < share) & (born > since_s) & (born <= time_s)]
            for _, _, x, y, size in here[np.argsort(here[:, 0], kind="stable")].tolist():
                radius_m = cap_radius_m(sizes[int(size * _QUANTILES)])
                found.append((x * wide - margin, y * high - margin, radius_m))
        return np.array(found).reshape(-1, 3)

    def _per_second(self, rain: Rain) -> float:
        """How many drops come into the picture in a second."""
        if self._glass.drops >= 0.0:
            return self._glass.drops / LIFE_S
        area_m2 = self._model.width * self._model.height / self._px_per_m**2
        return rain.drops_per_m3(LEAST_M) * self._toward_mps * area_m2

    def _second(self, second: int) -> NDArray[np.float64]:
        """The candidates that a second may bring."""
        if second not in self._seconds:
            while len(self._seconds) > 2.0 * LIFE_S:
                self._seconds.pop(next(iter(self._seconds)))
            draws = self._stream.array(f"drops{second}", _DRAWS * _MOST_PER_S)
            self._seconds[second] = draws.reshape(_MOST_PER_S, _DRAWS)
        return self._seconds[second]

    def _soil(self) -> NDArray[np.float32]:
        """Share of each pixel's light (H, W) that dirt covers; it covers the wanted share of the picture."""
        h, w = self._model.height, self._model.width
        covered = np.zeros((h, w), np.float32)
        wanted, batch = round(self._glass.dirt * h * w), 0
        least, most = (max(r * self._px_per_m, 0.5) for r in _DIRT_M)
        while wanted > 0:
            draws = self._stream.array(f"dirt{batch}", BLOTCH * _BATCH).reshape(_BATCH, BLOTCH)
            wanted -= blotches(draws, least, max(most, 2.0 * least), wanted, covered)
            batch += 1
        blurred = np.empty_like(covered)
        out_of_focus(covered, 0.5 * self.blur_px, np.empty((h, w + 1)), blurred)
        return blurred

    def _halve(self, radiance: NDArray[np.float32], mean: NDArray[np.float64]) -> None:
        """The scene as a pyramid of pictures, each half as large as the one before.

        Beyond the circle of a fisheye there is more of the scene, which is taken to be as bright as the `mean`.
        """
        if not self._levels:
            shape = np.array(radiance.shape[:2])
            while shape.min() > 8:
                self._levels.append(np.empty((*shape, 3), np.float32))
                shape = (shape + 1) // 2
            self._row = np.empty((radiance.shape[1], 3), np.float32)
        self._levels[0][:] = radiance
        if len(self._beyond):
            self._levels[0].reshape(-1, 3)[self._beyond] = mean
        for fine, coarse in pairwise(self._levels):
            halve(fine, self._row, coarse)


def toward_mps(spec: CameraSpec, scene: Scene, cast: Cast) -> float:
    """Speed in m/s at which drops meet the glass of a camera: along its axis, as its carrier is planned to drive.

    It is that of the start and not of the moment, so that a drop, once there, stays whatever the carrier does.
    """
    yaw, pitch, speed_mps = spec.yaw_rad, spec.pitch_rad, 0.0
    for actor, thing in zip(scene.actors, cast.objects, strict=False):
        if actor.name == spec.actor:
            _, mount_yaw, mount_pitch = thing.mounts[spec.mount] if spec.mount else ((0.0, 0.0, 0.0), 0.0, 0.0)
            yaw, pitch, speed_mps = yaw + mount_yaw, pitch + mount_pitch, actor.speed_mps
            heading = actor.yaw_rad
            break
    else:
        heading = 0.0
    wind = scene.conditions.wind
    blown_mps = wind.speed_mps * wind.profile(_HEIGHT_M) * math.cos(wind.direction_rad - heading - yaw)
    fall_mps = fall_speed_mps(_TYPICAL_M)
    return (speed_mps * math.cos(yaw) - blown_mps) * math.cos(pitch) + fall_mps * math.sin(pitch)


def _disc_points(radius: float) -> NDArray[np.float32]:
    """Points (S, 2) spread evenly over a disc: a sunflower's seeds."""
    points = []
    for k in range(_PUPIL):
        r, turn = radius * math.sqrt((k + 0.5) / _PUPIL), k * math.pi * (3.0 - math.sqrt(5.0))
        points.append((r * math.cos(turn), r * math.sin(turn)))
    return np.array(points, np.float32)
