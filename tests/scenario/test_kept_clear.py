"""Nothing is placed inside rails and posts: against the triangles of the places themselves."""

from __future__ import annotations

import numpy as np
import pytest

from simgen.models import build_site
from simgen.scenario.footprint import Footprint, obstacle_met

SITES = ("road.straight", "road.bridge", "road.curve", "road.mountain", "road.tunnel", "road.underpass")


@pytest.mark.parametrize("name", SITES)
def test_no_spot_on_a_post_or_a_rail_is_free(name: str) -> None:
    """A small thing put where the triangles of a rail or post stand more than 15 cm over the ground meets them."""
    site = build_site(name)
    checked = 0
    for part in site.parts:
        if part.class_name not in ("guard_rail", "pole"):
            continue
        v = part.mesh.vertices_m[part.mesh.faces].mean(axis=1).astype(np.float64)
        b = site.bounds
        within = (v[:, 0] > b.x_min_m) & (v[:, 0] < b.x_max_m) & (v[:, 1] > b.y_min_m) & (v[:, 1] < b.y_max_m)
        v = v[within]
        ground = np.array([site.ground.at(float(x), float(y)) for x, y in v[:, :2]]).reshape(-1)
        above = v[:, 2] - ground
        for x, y, z in v[(above > 0.15) & (above < 0.9)][::2]:
            low = site.ground.at(float(x), float(y))
            thing = Footprint(float(x), float(y), 0.3, 0.10, 0.10, low, low + 0.6)
            if z < low + 0.6:
                checked += 1
                assert obstacle_met(site, thing) is not None, (part.name, x, y, z)
    assert checked >= 10


def test_rails_and_posts_leave_the_road_beside_them_free() -> None:
    site = build_site("road.straight")
    for part in site.parts:
        for shape in part.keeps:
            x, y, _ = shape.center_m
            inwards = -0.35 if y > 0.0 else 0.35
            beside = Footprint(x, y + inwards, 0.0, 0.10, 0.10, 0.0, 0.5)
            assert obstacle_met(site, beside) is None
