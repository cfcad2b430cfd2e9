"""The scenery of a site is packed once, and what is packed after it does not show that."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from simgen.models import build_model, build_site, class_by_name
from simgen.models.finish import Finish
from simgen.render import geometry
from simgen.render.geometry import Geometry, pack
from simgen.snapshot import Cast, CastPart

SITE = build_site("road.straight", {"length_m": 120.0, "lanes": 1})


def _cast(*models: str, finishes: dict[str, Finish] | None = None) -> Cast:
    parts = [
        CastPart(finest.mesh, class_by_name(p.class_name).id, 0, (), p.roof, tuple(coarser))
        for p in SITE.parts
        if p.chunks
        for finest, *coarser in p.chunks
    ]
    for k, name in enumerate(models):
        model = build_model(name)
        parts += [CastPart(p.mesh, class_by_name(model.class_name).id, k + 1, ()) for p in model.parts]
    return Cast(tuple(parts), (), False, finishes or {})


def _same(a: Geometry, b: Geometry) -> bool:
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(Geometry))


@pytest.mark.parametrize("before", ["cone", "car.sedan", "look", "thing first"])
def test_what_was_packed_before_does_not_show(before: str) -> None:
    geometry._sceneries.clear()
    alone = pack(_cast("tyre", "car.small"))
    geometry._sceneries.clear()
    if before == "look":
        pack(_cast("tyre", "car.small", finishes={"asphalt": Finish(brightness=0.5)}))
    elif before == "thing first":
        cast = _cast("cone")
        pack(replace(cast, parts=cast.parts[::-1]))
    else:
        pack(_cast(before))
    assert _same(pack(_cast("tyre", "car.small")), alone)
    assert not _same(pack(_cast("tyre", "car.sedan")), alone)


def test_no_scenery_and_nothing_else() -> None:
    cast = _cast("cone")
    things = [p for p in cast.parts if p.instance]
    only = pack(replace(cast, parts=tuple(things)))
    assert len(only.part_instance) == len(things)
    bare = pack(replace(cast, parts=cast.parts[: -len(things)]))
    assert not bare.part_instance.any()
    whole = pack(cast)
    assert whole.vertices_m.shape[1] == only.vertices_m.shape[1] + bare.vertices_m.shape[1]
    assert whole.cluster_faces[-1] == only.cluster_faces[-1] + bare.cluster_faces[-1] == len(whole.faces)


def test_few_sceneries_are_kept() -> None:
    cast = _cast("cone")
    for count in range(1, 6):
        pack(replace(cast, parts=cast.parts[-count - 1 :]))
        pack(replace(cast, finishes={"asphalt": Finish(brightness=0.1 * count)}))
    assert len(geometry._sceneries) <= geometry._KEPT
