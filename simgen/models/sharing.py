"""Meshes that models have in common, told by their content.

Two people in the same trousers are different models with the same legs. What is worked out for a mesh (its coarser
versions, whether it is closed) is kept by the mesh, so that models which share meshes share that work.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from weakref import WeakValueDictionary

import numpy as np

from simgen.models.mesh import Material, Mesh
from simgen.models.model import Model

_Key = tuple[bytes, tuple[Material, ...]]
_meshes: WeakValueDictionary[_Key, Mesh] = WeakValueDictionary()


def shared(model: Model) -> Model:
    """The model with meshes of earlier models in place of those that are the same in every byte."""
    return replace(model, parts=tuple(replace(p, mesh=_meshes.setdefault(_key(p.mesh), p.mesh)) for p in model.parts))


def _key(mesh: Mesh) -> _Key:
    return digest_of(mesh), mesh.materials


def digest_of(mesh: Mesh) -> bytes:
    """What tells meshes apart by their triangles, and by which of those show pictures; materials alike otherwise."""
    digest = hashlib.blake2b(bytes(m.texture is not None for m in mesh.materials), digest_size=16)
    for array in (mesh.vertices_m, mesh.normals, mesh.uv_m, mesh.faces, mesh.face_material):
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.digest()
