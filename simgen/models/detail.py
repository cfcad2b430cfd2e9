"""Coarser versions of meshes, for things whose details lie between the pixels.

Each version comes with a bound on how far its surface may lie from the mesh's own. A view takes the coarsest version
whose bound is a small share of its pixels; picture and labels take the same one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from simgen.models.coarsening import Coarsening
from simgen.models.kept import kept
from simgen.models.mesh import Mesh, Version
from simgen.models.sharing import digest_of

_BOUNDS_M = tuple(0.001 * 2.0 ** (k / 2.0) for k in range(15))  # 1 mm to 128 mm
_FEWEST_FACES = 48  # a mesh of fewer costs next to nothing
_SLOW_S = 0.01  # from which on finding versions takes longer than reading them back
_WORTH = 0.8  # a version that keeps more of the faces of the one before is left out


@lru_cache(maxsize=512)  # models are built once and shared by many scenes
def versions(mesh: Mesh) -> tuple[Version, ...]:
    """The mesh and its coarser versions, finest first; of an enlarged copy those of its original, enlarged."""
    finest = Version(mesh, 0.0)
    if mesh.original is not None:
        original, factor = mesh.original
        return finest, *(Version(v.mesh.enlarged(factor), v.error_m * factor) for v in versions(original)[1:])
    if len(mesh.faces) < _FEWEST_FACES:
        return (finest,)
    coarser = kept(f"coarser {digest_of(mesh).hex()}", lambda: _coarser(mesh), __file__, _SLOW_S)
    return finest, *(Version(replace(v.mesh, materials=mesh.materials), v.error_m) for v in coarser)


def _coarser(mesh: Mesh) -> list[Version]:
    """The versions but the first, without their materials, which are the mesh's."""
    found = [Version(mesh, 0.0)]
    work = Coarsening(mesh)
    for bound in _BOUNDS_M:
        work.to(bound)
        if work.count <= _WORTH * len(found[-1].mesh.faces):
            found.append(Version(replace(work.mesh(), materials=()), bound))
        if work.count < _FEWEST_FACES:
            break
    return found[1:]
