"""Triangle meshes and materials: the plain data that models are made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from simgen.models.texture import Texture

PATTERNS = (
    "plain",  # uniform
    "asphalt",  # aggregate speckle, patches, cracks
    "road",  # asphalt with lane markings; uv = (metres along, metres left of the centre line)
    "grass",  # blades, patches of colour
    "soil",  # brown mottled ground
    "concrete",  # joints every few metres, stains
    "floor",  # sealed industrial concrete: faint joints, scuffs
    "brick",  # running bond
    "facade",  # rows of windows in a wall; uv metres
    "corrugated",  # profiled sheet metal: stripes along v
    "paint",  # car paint: base colour under a clear coat
    "cloth",  # weave and folds
    "rubber",  # matt black with faint ribs
    "wood",  # grain along u; params[0] is the width of boards along v, 0 for none
    "cardboard",  # kraft with tape stripe
    "fur",  # tufts of short hair along v
    "bark",  # vertical ridges
    "leaves",  # clumps of light and dark
    "stripes",  # alternating albedo/albedo2 bands along u, period params[0] metres (barriers, cones)
    "gravel",  # loose stones of some 4 cm
    "skin",  # faint mottling
    "metal",  # crystals of zinc, scratches
    "texture",  # a picture; uv in texels from its top left
    "crossing",  # painted asphalt: bands of albedo2 along u, period params[0] metres, 0 all of it; params[5] wear
)
"""Procedural patterns known to the renderer, evaluated in surface coordinates (`uv_m`, metres)."""


@dataclass(frozen=True)
class Material:
    """How a surface reflects and emits.

    Attributes:
        name: for people.
        albedo: linear RGB diffuse reflectance, 0 to 1.
        albedo2: second linear RGB used by two-tone patterns (stripes, markings, mortar, windows).
        roughness: 0 mirror to 1 matt (GGX alpha is its square).
        f0: specular reflectance at normal incidence, linear; 0.04 for dielectrics; metals use `metallic`.
        metallic: 1 takes the specular colour from the albedo.
        coat: strength 0..1 of a smooth clear coat (car paint, glass, glazed surfaces) that mirrors the sky.
        pattern: one of `PATTERNS`.
        contrast: strength of the pattern, 0 none to 1 strong.
        params: up to six pattern parameters. "road": (lane_width_m, lanes, dash_m, gap_m, line_width_m, wear).
        slot: name under which an object's own colour replaces `albedo` ("paint", "top", "trousers"); "" never.
        cracks: of asphalt, 1 as many as on a road in use.
        mended: of asphalt, share of it that is patched with newer asphalt, up to 0.4.
        made_of: kind of material (see `simgen.models.finish`); "" where that follows from the pattern.
        texture: the picture of the pattern "texture"; `albedo` is then what draws no pictures shows.
        emission_cd_m2: linear RGB luminance emitted when lit.
        lamp: kind of lamp that lights the emission: "" always, else one of `LAMP_KINDS`.
    """

    name: str
    albedo: tuple[float, float, float]
    albedo2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    roughness: float = 0.8
    f0: float = 0.04
    metallic: float = 0.0
    coat: float = 0.0
    pattern: str = "plain"
    contrast: float = 0.5
    params: tuple[float, ...] = ()
    slot: str = ""
    emission_cd_m2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lamp: str = ""
    cracks: float = 1.0
    mended: float = 0.0
    made_of: str = ""
    texture: Texture | None = None


LAMP_KINDS = ("head", "tail", "brake", "indicator", "street", "room", "beacon")


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles with per-vertex normals and surface coordinates, in the frame of their part.

    Attributes:
        vertices_m: (V, 3) float32, metres.
        normals: (V, 3) float32, unit length; hard edges have split vertices.
        uv_m: (V, 2) float32, surface coordinates in metres for procedural patterns.
        faces: (T, 3) int32, counter-clockwise seen from outside.
        face_material: (T,) int16 indices into `materials`.
        materials: the materials used.
        original: the mesh of which this is an enlarged copy, and by what factor; what is worked out for one of them
            need not be worked out again for the other. None of most.
    """

    vertices_m: NDArray[np.float32]
    normals: NDArray[np.float32]
    uv_m: NDArray[np.float32]
    faces: NDArray[np.int32]
    face_material: NDArray[np.int16]
    materials: tuple[Material, ...]
    original: tuple[Mesh, float] | None = field(default=None, init=False)  # so that no changed copy inherits it

    def enlarged(self, factor: float) -> Mesh:
        """The mesh times a factor, with its surface coordinates, so that patterns keep their true size."""
        copy = replace(self, vertices_m=times(self.vertices_m, factor), uv_m=self.uv_m * np.float32(factor))
        object.__setattr__(copy, "original", (self, float(factor)))
        return copy

    @property
    def bounds_m(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Lowest and highest corner of the vertices, each (3,)."""
        return self.vertices_m.min(axis=0), self.vertices_m.max(axis=0)


def times(points_m: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Points as `Mesh.enlarged` has them, to the last bit."""
    return (points_m * np.float64(factor)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Version:
    """A mesh at some detail.

    Attributes:
        mesh: the triangles.
        error_m: how far points of the original may lie from it, 0 for the original itself; its own points may lie
            twice as far from the original.
    """

    mesh: Mesh
    error_m: float


@dataclass(frozen=True)
class LampMount:
    """A lamp fixed to a model or site.

    Attributes:
        kind: one of `LAMP_KINDS`.
        position_m: in the owner's frame.
        direction: unit vector of the beam axis in the owner's frame.
        intensity_cd: peak luminous intensity; sites scale it so that the mean illuminance is as asked.
        color: linear RGB weights of mean luminance 1.
        beam: "lowbeam" (UN R112-like cut-off), "spot" (smooth cone of half angle `half_angle_rad`), "area" (cosine).
        half_angle_rad: of the cone for "spot".
    """

    kind: str
    position_m: tuple[float, float, float]
    direction: tuple[float, float, float]
    intensity_cd: float
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    beam: str = "area"
    half_angle_rad: float = 1.2


@dataclass(frozen=True)
class Shape:
    """A collision primitive in its part's frame (the model frame for rigid models).

    Attributes:
        kind: "box" (size = full extents), "cylinder" (size = radius, radius, height along z),
            "sphere" (size = radius x3), "capsule" (size = radius, radius, length of the straight part along z),
            "hull" (points).
        center_m: position of the primitive.
        quat_xyzw: its orientation.
        size_m: see kind.
        points_m: (N, 3) float32 for "hull".
    """

    kind: str
    center_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    quat_xyzw: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    size_m: tuple[float, float, float] = (1.0, 1.0, 1.0)
    points_m: NDArray[np.float32] | None = field(default=None, compare=False)
