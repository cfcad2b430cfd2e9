"""The state of a world at one tick, as plain arrays: all that rendering, sensing and labelling see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Conditions
from simgen.models import Mesh, Version
from simgen.models.finish import Finish


@dataclass(frozen=True, eq=False)
class CastPart:
    """One rigid mesh that can be seen.

    Attributes:
        mesh: its triangles in the part's frame.
        class_id: semantic id.
        instance: instance id of the object it belongs to; 0 is scenery.
        tint: slot -> linear RGB that replaces the albedo of materials with that slot.
        roof: scenery that closes the place from above.
        coarser: versions of the mesh for views from far away, finest first; things get theirs when they are packed.
    """

    mesh: Mesh
    class_id: int
    instance: int
    tint: tuple[tuple[str, tuple[float, float, float]], ...] = ()
    roof: bool = False
    coarser: tuple[Version, ...] = ()


@dataclass(frozen=True)
class CastObject:
    """One object of the scene; row k of a snapshot's object arrays has instance id k + 1.

    Attributes:
        name: the actor's name.
        model: its model family.
        class_id: semantic id.
        size_m: (length, width, height) of its 3D box.
        box_center_m: centre of the box in the model frame.
        mounts: name -> (position_m, yaw_rad, pitch_rad) in the model frame, or that of its part.
        mount_parts: mounts that go with a part of the cast -> its index.
        laden: snow has had time to lie on it: it stands still at the start, and is neither alive nor driven.
    """

    name: str
    model: str
    class_id: int
    size_m: tuple[float, float, float]
    box_center_m: tuple[float, float, float]
    mounts: dict[str, tuple[tuple[float, float, float], float, float]]
    mount_parts: dict[str, int] = field(default_factory=dict)
    laden: bool = False


@dataclass(frozen=True, eq=False)
class Cast:
    """Everything that can be seen in a scene, fixed for its whole life.

    Attributes:
        parts: rigid meshes, scenery first.
        objects: the things, by instance id minus 1.
        indoor: no sky overhead.
        finishes: how materials look, by kind, where they are not as their meshes have them.
    """

    parts: tuple[CastPart, ...]
    objects: tuple[CastObject, ...]
    indoor: bool
    finishes: Mapping[str, Finish] = field(default_factory=dict)

    def in_versions(self, version: NDArray[np.uint8]) -> Cast:
        """The cast with its scenery fixed in one version each, (P,), or the coarsest where there are fewer.

        For what knows no levels of detail, such as PyBullet's cameras.
        """
        parts = [
            replace(
                part, mesh=((part.mesh, *(v.mesh for v in part.coarser))[min(int(k), len(part.coarser))]), coarser=()
            )
            for part, k in zip(self.parts, version, strict=True)
        ]
        return replace(self, parts=tuple(parts))


@dataclass(frozen=True, eq=False)
class Lamps:
    """Lit lamps, world frame; N rows.

    Attributes:
        position_m: (N, 3) float64.
        direction: (N, 3) float64 unit beam axes.
        intensity_cd: (N, 3) float64 linear RGB peak intensity.
        beam: (N,) uint8: 0 area (cosine about the axis), 1 spot (smooth cone), 2 low beam (cut-off).
        cos_half_angle: (N,) float64, of spots.
        owner: (N,) uint16 instance id of the object that carries it, 0 for the site.
    """

    position_m: NDArray[np.float64]
    direction: NDArray[np.float64]
    intensity_cd: NDArray[np.float64]
    beam: NDArray[np.uint8]
    cos_half_angle: NDArray[np.float64]
    owner: NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Puffs:
    """Clouds that float in the air, each a Gaussian in space; N rows, world frame.

    The covariance of a puff is diag(a^2, a^2, b^2) + w w^T, for a, b = `spread_m` and w = `streak_m`; its extinction
    coefficient is `cross_section_m2` times the density of that normal distribution.

    Attributes:
        center_m: (N, 3) float64.
        spread_m: (N, 2) float64 standard deviations across level directions and up.
        streak_m: (N, 3) float64 what it is drawn out along, standard deviation included.
        cross_section_m2: (N,) float64 extinction cross section of all its particles.
        albedo: (N, 3) float64 linear RGB share of the light they take that they scatter.
        asymmetry: (N,) float64 mean cosine of the angle by which they turn light.
        key: (N, 3) float64 in [0, 1) of its shape: where it lies in the noise that breaks its edges.
        raggedness: (N,) float64 share of that noise that it has; 0 is smooth.
    """

    center_m: NDArray[np.float64]
    spread_m: NDArray[np.float64]
    streak_m: NDArray[np.float64]
    cross_section_m2: NDArray[np.float64]
    albedo: NDArray[np.float64]
    asymmetry: NDArray[np.float64]
    key: NDArray[np.float64]
    raggedness: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.center_m)

    @staticmethod
    def none() -> Puffs:
        """Clear air."""
        return Puffs(*(np.zeros(shape) for shape in ((0, 3), (0, 2), (0, 3), 0, (0, 3), 0, (0, 3), 0)))

    @staticmethod
    def joined(several: Sequence[Puffs]) -> Puffs:
        """All of them together."""
        if not several:
            return Puffs.none()
        return Puffs(*(np.concatenate([getattr(p, f.name) for p in several]) for f in fields(Puffs)))


@dataclass(frozen=True, eq=False)
class Poses:
    """Where the objects of a world are at one tick, without what only a picture shows; arrays are private copies.

    Attributes:
        cast: the fixed description; O objects.
        tick: physics ticks since t = 0.
        time_s: simulated time.
        T_world_object: (O, 4, 4) float64 poses of the model frames (not Bullet's inertial frames).
        velocity_mps: (O, 3) float64 of the centre of mass, world frame.
        angular_velocity_radps: (O, 3) float64, world frame.
        submerged_fraction: (O,) float64, 0 dry to 1 under water.
        conditions: the physical state at this tick.
    """

    cast: Cast
    tick: int
    time_s: float
    T_world_object: NDArray[np.float64]
    velocity_mps: NDArray[np.float64]
    angular_velocity_radps: NDArray[np.float64]
    submerged_fraction: NDArray[np.float64]
    conditions: Conditions


@dataclass(frozen=True, eq=False)
class Snapshot(Poses):
    """A world at one tick, with all that can be seen of its P parts.

    Attributes:
        T_world_part: (P, 4, 4) float64 poses of the parts.
        part_lit: (P,) uint8 bit mask over `simgen.models.LAMP_KINDS`: lamp kinds whose emission is on.
        lamps: the lit lamps.
        puffs: smoke, dust, steam and spray.
    """

    T_world_part: NDArray[np.float64]
    part_lit: NDArray[np.uint8]
    lamps: Lamps
    puffs: Puffs = field(default_factory=Puffs.none)
