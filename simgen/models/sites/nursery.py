"""Plants that are grown once and planted many times, turned and sized: growing one takes as long as planting fifty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Literal

from simgen.models.geometry import rotation_z, transformed
from simgen.models.kept import kept
from simgen.models.mesh import Mesh, Version
from simgen.models.sites.plants import NEAR, broadleaf, bush, conifer
from simgen.rng import Stream

Kind = Literal["broadleaf", "conifer", "bush"]

SPECIMENS = 20
"""Of each kind. Two alike stand turned and sized otherwise."""
HEIGHT_M: Mapping[Kind, float] = {"broadleaf": 10.0, "conifer": 12.5, "bush": 1.35}
"""At which they are grown, amid those at which they are planted, so that none is stretched to twice its size."""

_GROW: Mapping[Kind, Callable[[Stream, float], tuple[Version, ...]]] = {
    "broadleaf": broadleaf,
    "conifer": conifer,
    "bush": bush,
}


def plant(kind: Kind, stream: Stream, height_m: float, finest: int = NEAR) -> tuple[tuple[Version, ...], float]:
    """A specimen, with its versions from `finest` on, and the size that makes it as high as asked.

    Args:
        kind: of plant.
        stream: of which specimen it is.
        height_m: that it shall have.
        finest: `NEAR`, or `FAR` for one that no picture shows from near.
    """
    specimen = specimens(kind)[int(SPECIMENS * stream.uniform("specimen"))][finest:]
    return (Version(specimen[0].mesh, 0.0), *specimen[1:]), height_m / HEIGHT_M[kind]


@cache
def specimens(kind: Kind) -> tuple[tuple[Version, ...], ...]:
    """All plants of a kind at the origin, each `HEIGHT_M` high; the same in every site."""

    def grow() -> tuple[tuple[Version, ...], ...]:
        stream = Stream(0, 0, f"nursery.{kind}")
        return tuple(_GROW[kind](stream.child(str(k)), HEIGHT_M[kind]) for k in range(SPECIMENS))

    return kept(f"nursery {kind}", grow, __file__)


def planted(
    plant: Sequence[Version], x_m: float, y_m: float, z_m: float, turn_rad: float, size: float = 1.0
) -> tuple[Version, ...]:
    """The plant made larger by a factor, turned about its stem and put at a place."""
    r = rotation_z(turn_rad)
    return tuple(
        Version(_sized(transformed(v.mesh, r, (x_m, y_m, z_m), (size, size, size)), size), v.error_m * size)
        for v in plant
    )


def _sized(mesh: Mesh, size: float) -> Mesh:
    """A mesh whose vertices were sized, with surface coordinates in metres again."""
    uv = (mesh.uv_m * size).astype(mesh.uv_m.dtype)
    return Mesh(mesh.vertices_m, mesh.normals, uv, mesh.faces, mesh.face_material, mesh.materials)
