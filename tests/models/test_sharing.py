"""Models with the same meshes have them in common; others do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simgen.models import Mesh, build_model
from simgen.models.sharing import shared


def _copy(mesh: Mesh) -> Mesh:
    return replace(mesh, vertices_m=mesh.vertices_m.copy(), faces=mesh.faces.copy())


def test_the_same_content_becomes_the_same_mesh() -> None:
    model = build_model("person.adult", {"top": "coat", "hair": "short", "headwear": "none", "height_m": 1.7})
    again = shared(replace(model, parts=tuple(replace(p, mesh=_copy(p.mesh)) for p in model.parts)))
    assert [p.mesh for p in again.parts] == [p.mesh for p in model.parts]
    assert [(p.name, p.position_m, p.quat_xyzw) for p in again.parts] == [
        (p.name, p.position_m, p.quat_xyzw) for p in model.parts
    ]


@pytest.mark.parametrize("what", ["vertices_m", "normals", "uv_m", "faces", "face_material", "materials"])
def test_any_other_content_is_another_mesh(what: str) -> None:
    model = build_model("person.adult", {"top": "coat", "hair": "short", "headwear": "none", "height_m": 1.71})
    mesh = model.parts[0].mesh
    other = (replace(mesh.materials[0], roughness=0.123), *mesh.materials[1:])
    if what != "materials":
        array = getattr(mesh, what).copy()
        array.flat[0] += np.asarray(1, array.dtype)
        changed = replace(mesh, **{what: array})
    else:
        changed = replace(mesh, materials=other)
    found = shared(replace(model, parts=(replace(model.parts[0], mesh=changed), *model.parts[1:])))
    assert found.parts[0].mesh is changed
    assert found.parts[1].mesh is model.parts[1].mesh


def test_people_alike_but_for_their_hats_share_their_legs() -> None:
    given = {"top": "jacket", "legs": "trousers", "hair": "short", "carries": "nothing"}
    cap, hood = (build_model("person.adult", {**given, "headwear": h}) for h in ("cap", "hood"))
    common = {id(p.mesh) for p in cap.parts} & {id(p.mesh) for p in hood.parts}
    assert len(common) >= 8
