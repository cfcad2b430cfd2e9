"""Places against geometry derived another way: rays, edges, closed forms."""

from __future__ import annotations

import hashlib
import math
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.errors import UserError
from simgen.models import PATTERNS, Region, Shape, Site, SitePart, build_site, class_by_name, site_names
from simgen.models.sites.road_straight import road_straight
from simgen.models.sites.road_underpass import road_underpass
from simgen.models.sites.table import table_room
from simgen.models.sites.warehouse import warehouse

Floats = NDArray[np.float64]
ROADS = ("road.straight", "road.underpass")
SITES = (*ROADS, "room.warehouse", "room.table")
BUILDERS = {
    "road.straight": road_straight,
    "road.underpass": road_underpass,
    "room.table": table_room,
    "room.warehouse": warehouse,
}
VARIANTS = (
    ("road.straight", {}),
    ("road.straight", {"length_m": 217.0, "lanes": 2, "lane_width_m": 3.1, "seed": 5}),
    ("road.underpass", {}),
    ("road.underpass", {"length_m": 301.0, "dip_depth_m": 2.6, "lane_width_m": 3.3, "seed": 2}),
    ("room.table", {}),
    ("room.table", {"window_lx": 2e4}),
    ("room.table", {"length_m": 4.6, "width_m": 7.2, "table_length_m": 1.2, "table_height_m": 0.9}),
    ("room.warehouse", {}),
    ("room.warehouse", {"length_m": 27.3, "width_m": 17.1, "height_m": 5.2}),
)
every_site = pytest.mark.parametrize(("name", "params"), VARIANTS)


@cache
def triangles(part: SitePart) -> Floats:
    out: Floats = part.mesh.vertices_m[part.mesh.faces].astype(np.float64)
    return out


def grounds(site: Site) -> list[SitePart]:
    return [p for p in site.parts if p.collision == "mesh"]


def hits(tri: Floats, origin: Floats, direction: Floats) -> tuple[Floats, Floats]:
    """Ascending distances at which a ray meets triangles, and normal . direction there (Moller-Trumbore)."""
    e1, e2 = tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0]
    p = np.cross(direction, e2)
    det = (e1 * p).sum(1)
    ok = np.abs(det) > 1e-12
    inv = 1.0 / np.where(ok, det, 1.0)
    s = origin - tri[:, 0]
    u = (s * p).sum(1) * inv
    q = np.cross(s, e1)
    v = (q @ direction) * inv
    t = (e2 * q).sum(1) * inv
    hit = ok & (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (t > 1e-6)
    order = np.argsort(t[hit])
    return t[hit][order], (np.cross(e1, e2)[hit] @ direction)[order]


def uniform(count: int, box: Region, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    return rng.uniform([box.x_min_m, box.y_min_m], [box.x_max_m, box.y_max_m], (count, 2))


def in_wall(site: Site, y: float) -> bool:
    """Inside the retaining walls of the underpass, where the ground is hidden and steep."""
    if site.name != "road.underpass":
        return False
    edge = site.regions["underpass.dip"].y_max_m
    return edge < abs(y) < edge + 0.7


def test_all_sites_are_registered() -> None:
    assert set(SITES) <= set(site_names())


@every_site
def test_ground_heights_are_those_of_the_mesh(name: str, params: dict[str, float]) -> None:
    site = build_site(name, params)
    tri = np.concatenate([triangles(p) for p in grounds(site)])
    low, high = tri[:, :, :2].min(1), tri[:, :, :2].max(1)
    for x, y in uniform(250, site.bounds, 1):
        if in_wall(site, y):
            continue
        near = tri[((low <= [x, y]) & (high >= [x, y])).all(1)]
        t, facing = hits(near, np.array([x, y, 100.0]), np.array([0.0, 0.0, -1.0]))
        assert len(t) > 0, f"a hole in the ground at {x}, {y}"
        assert (facing < 0).all()
        assert 100.0 - t == pytest.approx(site.ground.at(x, y), abs=2e-5)


@every_site
def test_ground_is_watertight(name: str, params: dict[str, float]) -> None:
    """Only edges on the outer rectangle belong to one triangle; every other is shared by exactly two."""
    site = build_site(name, params)
    count: dict[tuple[bytes, bytes], int] = {}
    for part in grounds(site):
        v = part.mesh.vertices_m + np.float32(0.0)
        for face in part.mesh.faces:
            for a, b in ((0, 1), (1, 2), (2, 0)):
                k0, k1 = sorted((v[face[a]].tobytes(), v[face[b]].tobytes()))
                count[k0, k1] = count.get((k0, k1), 0) + 1
    assert max(count.values()) == 2
    points = np.concatenate([p.mesh.vertices_m for p in grounds(site)])
    x0, y0 = points[:, :2].min(0)
    x1, y1 = points[:, :2].max(0)
    for edge, n in count.items():
        if n == 1:
            p = np.frombuffer(b"".join(edge), np.float32).reshape(2, 3)
            border = [
                np.all(p[:, 0] == x0),
                np.all(p[:, 0] == x1),
                np.all(p[:, 1] == y0),
                np.all(p[:, 1] == y1),
            ]
            assert any(border), f"a crack along {p}"


@every_site
def test_meshes_are_well_formed(name: str, params: dict[str, float]) -> None:
    site = build_site(name, params)
    assert len({p.name for p in site.parts}) == len(site.parts)
    for part in site.parts:
        m = part.mesh
        assert class_by_name(part.class_name).thing is False
        assert np.isfinite(m.vertices_m).all()
        assert np.isfinite(m.uv_m).all()
        assert m.faces.min() >= 0
        assert m.faces.max() < len(m.vertices_m)
        assert m.face_material.min() >= 0
        assert m.face_material.max() < len(m.materials)
        assert all(mat.pattern in PATTERNS for mat in m.materials)
        np.testing.assert_allclose(np.linalg.norm(m.normals, axis=1), 1.0, atol=1e-5)
        tri = triangles(part)
        normal = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])
        area = 0.5 * np.linalg.norm(normal, axis=1)
        assert area.min() > 1e-7, part.name
        agree = (m.normals[m.faces] * normal[:, None]).sum(2)
        # Smooth normals of ragged crowns may lean over at a fold; everything else agrees at every corner.
        assert (agree > 0).mean() > (0.98 if part.class_name == "vegetation" else 1.0 - 1e-12), part.name
        if part.collision == "mesh":
            assert (normal[:, 2] > 0).all()
        assert (part.collision == "shapes") == bool(part.shapes)


@every_site
def test_lanes_lie_on_the_surface(name: str, params: dict[str, float]) -> None:
    site = build_site(name, params)
    paved = [p for p in site.parts if p.class_name in ("road", "floor")]
    tri = np.concatenate([triangles(p) for p in paved])
    for lane_name, lane in site.lanes.items():
        step = np.linalg.norm(np.diff(lane.points_m, axis=0), axis=1)
        assert step.max() <= 2.0
        assert (np.diff(lane.points_m[:, 0]) > 0).all() != lane_name.startswith("oncoming")
        for p in lane.points_m[::5]:
            near = tri[(tri[:, :, 0].min(1) <= p[0]) & (tri[:, :, 0].max(1) >= p[0])]
            t, _ = hits(near, p + np.array([0.0, 0.0, 50.0]), np.array([0.0, 0.0, -1.0]))
            assert len(t) > 0
            assert t[0] == pytest.approx(50.0, abs=1e-4)


@pytest.mark.parametrize("name", ROADS)
def test_roads_drive_on_the_right_and_begin_40_m_behind_the_origin(name: str) -> None:
    site = build_site(name)
    main, oncoming = site.lanes["main.0"], site.lanes["oncoming.0"]
    x, y, _, yaw = main.at(40.0)
    assert (x, y, yaw) == pytest.approx((0.0, -1.75, 0.0), abs=1e-9)
    assert oncoming.points_m[0, 0] > oncoming.points_m[-1, 0] == -40.0
    assert (oncoming.points_m[:, 1] == 1.75).all()


def test_main_0_is_the_rightmost_of_several_lanes() -> None:
    lanes = build_site("road.straight", {"lanes": 3}).lanes
    assert [lanes[f"main.{k}"].points_m[0, 1] for k in range(3)] == [-8.75, -5.25, -1.75]
    assert [lanes[f"oncoming.{k}"].points_m[0, 1] for k in range(3)] == [8.75, 5.25, 1.75]


def carries(shape: Shape, region: Region) -> bool:
    """Whether a region lies on the top of a box, as on a table."""
    (x, y, z), (a, b, c) = shape.center_m, (0.5 * v for v in shape.size_m)
    within = x - a <= region.x_min_m and region.x_max_m <= x + a and y - b <= region.y_min_m and region.y_max_m <= y + b
    return within and z + c == pytest.approx(region.floor_m)


@every_site
def test_regions_are_inside_bounds_and_know_their_lowest_ground(name: str, params: dict[str, float]) -> None:
    site = build_site(name, params)
    b = site.bounds
    for key, r in site.regions.items():
        assert b.x_min_m <= r.x_min_m < r.x_max_m <= b.x_max_m, key
        assert b.y_min_m <= r.y_min_m < r.y_max_m <= b.y_max_m, key
        ys = [*np.linspace(r.y_min_m, r.y_max_m, 33)]
        lowest = min(site.ground.at(x, y) for x in np.linspace(r.x_min_m, r.x_max_m, 400) for y in ys)
        if r.floor_m > lowest + 0.3:
            assert any(carries(s, r) for p in site.parts for s in p.shapes), key
            continue
        # A region of a name that reaches over the dip counts from its own lowest ground.
        assert r.floor_m == pytest.approx(lowest, abs=0.02), key


def test_one_lamp_that_looks_down_follows_the_cosine_law() -> None:
    """I cos^4 / h^2 of the photometry books, from the poles of the straight road."""
    site = build_site("road.straight")
    x0, y0, z0 = site.lamps[3].position_m
    assert site.lamps[3].direction == (0.0, 0.0, -1.0)
    assert z0 - site.ground.at(x0, y0) == pytest.approx(8.0, abs=0.5)
    assert site.lamps[4].position_m[0] - x0 == pytest.approx(30.0)
    y = np.linspace(-3.5, 3.5, 141)
    x = np.linspace(x0, x0 + 30.0, 301)
    e = np.zeros((301, 141))
    for lamp in site.lamps:
        h = lamp.position_m[2] + 0.035
        cos = h / np.sqrt(h**2 + (x[:, None] - lamp.position_m[0]) ** 2 + (y - lamp.position_m[1]) ** 2)
        e += lamp.intensity_cd * cos**4 / h**2
    assert e.mean() == pytest.approx(1.0, rel=0.02)


def digest(site: Site) -> str:
    h = hashlib.blake2b()
    for part in site.parts:
        h.update(part.name.encode())
        for a in (
            part.mesh.vertices_m,
            part.mesh.normals,
            part.mesh.uv_m,
            part.mesh.faces,
            part.mesh.face_material,
        ):
            h.update(a.tobytes())
        h.update(repr((part.mesh.materials, part.shapes)).encode())
    h.update(site.ground.z_m.tobytes())
    h.update(repr((site.lamps, site.regions, site.bounds)).encode())
    return h.hexdigest()


@pytest.mark.parametrize("name", SITES)
def test_the_same_parameters_give_the_same_bytes(name: str) -> None:
    assert digest(BUILDERS[name]()) == digest(BUILDERS[name]())


@pytest.mark.parametrize("name", ROADS)
def test_the_seed_varies_the_roadside_and_not_the_road(name: str) -> None:
    a, b = build_site(name, {"seed": 1}), build_site(name, {"seed": 2})
    assert digest(a) != digest(b)
    np.testing.assert_array_equal(a.ground.z_m, b.ground.z_m)
    assert a.regions == b.regions
    assert a.lamps == b.lamps


def far_triangles(part: SitePart) -> int:
    """How many triangles of a part are drawn from far away."""
    return sum(len(versions[-1].mesh.faces) for versions in part.chunks) or len(part.mesh.faces)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [(ROADS[0], 20_000, 60_000), (ROADS[1], 20_000, 60_000), (SITES[2], 4_000, 12_000)],
)
def test_triangle_budget(name: str, low: int, high: int) -> None:
    site = build_site(name)
    assert low <= sum(far_triangles(p) for p in site.parts) <= high
    assert sum(len(p.mesh.faces) for p in site.parts) <= 5 * high


@pytest.mark.parametrize("name", SITES)
def test_triangles_near_the_way_are_small(name: str) -> None:
    site = build_site(name)
    for part in grounds(site):
        tri = triangles(part)
        near = tri[np.abs(tri[:, :, 1]).max(1) <= site.bounds.y_max_m]
        longest = np.linalg.norm(near - np.roll(near, 1, axis=1), axis=2).max(initial=0.0)
        assert longest <= 8.0, part.name


@pytest.mark.parametrize("depth", [0.5, 1.6, 3.0])
def test_dip_is_as_deep_as_asked_and_no_steeper_than_7_percent(depth: float) -> None:
    site = build_site("road.underpass", {"dip_depth_m": depth, "length_m": 260.0})
    x = np.arange(-40.0, 220.0, 0.5)
    z = np.array([site.ground.at(a, 0.0) for a in x])
    assert z.min() == pytest.approx(-depth, abs=1e-6)
    assert np.abs(np.diff(z) / 0.5).max() <= 0.07
    dip = site.regions["underpass.dip"]
    assert np.abs(z[(x < dip.x_min_m) | (x > dip.x_max_m)]).max() < 1e-6
    assert dip.floor_m == pytest.approx(-depth - 0.01 * dip.y_max_m, abs=1e-6)
    assert (z[(x > dip.x_min_m + 6) & (x < dip.x_max_m - 6)] < -0.005 * depth).all()


def test_walls_hold_the_water_of_the_dip() -> None:
    """From the road's middle, at every height up to the land beside it, a ray to either side meets a wall."""
    site = build_site("road.underpass")
    dip = site.regions["underpass.dip"]
    walls = [p for p in site.parts if p.name in ("walls", "abutments")]
    tri = np.concatenate([triangles(p) for p in walls])
    boxes = [s for p in walls for s in p.shapes]
    for x in np.arange(dip.x_min_m + 0.37, dip.x_max_m, 1.7):
        near = tri[(tri[:, :, 0].min(1) <= x) & (tri[:, :, 0].max(1) >= x)]
        for z in np.arange(site.ground.at(x, 4.2) + 0.01, 0.3, 0.2):
            for side in (-1.0, 1.0):
                t, facing = hits(near, np.array([x, 0.0, z]), np.array([0.0, side, 0.0]))
                assert t[0] == pytest.approx(4.25, abs=0.07)  # a coping stands 6 cm proud
                assert facing[0] < 0.0
                y = side * 4.3
                assert any(
                    abs(x - s.center_m[0]) <= 0.5 * s.size_m[0] + 1e-9
                    and abs(y - s.center_m[1]) <= 0.5 * s.size_m[1]
                    and abs(z - s.center_m[2]) <= 0.5 * s.size_m[2]
                    for s in boxes
                )


def test_clearance_under_the_bridge_is_what_its_sign_says_or_more() -> None:
    site = build_site("road.underpass")
    tri = np.concatenate([triangles(p) for p in site.parts if p.class_name == "bridge"])
    dip = site.regions["underpass.dip"]
    c = 0.5 * (dip.x_min_m + dip.x_max_m)
    heights = []
    for x in np.arange(c - 4.9, c + 4.9, 0.2):
        for y in (-3.4, -1.75, 0.0, 1.75, 3.4):
            z = site.ground.at(x, y)
            t, facing = hits(tri, np.array([x, y, z]), np.array([0.0, 0.0, 1.0]))
            assert facing[0] < 0.0
            heights.append(t[0])
    assert 4.1 <= min(heights) <= 4.4
    deck = next(s for p in site.parts if p.name == "bridge" for s in p.shapes)
    assert deck.center_m[2] - 0.5 * deck.size_m[2] - dip.floor_m == pytest.approx(min(heights), abs=0.06)


@pytest.mark.parametrize("params", [{}, {"length_m": 27.3, "width_m": 17.1, "height_m": 5.2}])
def test_the_hall_is_closed_and_seen_from_its_front_everywhere(params: dict[str, float]) -> None:
    site = build_site("room.warehouse", params)
    tri = np.concatenate([triangles(p) for p in site.parts])
    rng = np.random.default_rng(4)
    r = site.regions["aisle"]
    for _ in range(160):
        origin = rng.uniform([r.x_min_m, r.y_min_m, 0.1], [r.x_max_m, r.y_max_m, 3.0])
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        t, facing = hits(tri, origin, direction)
        assert len(t) > 0, "a ray left the hall"
        assert facing[0] < 0.0, f"a back face is seen from {origin} along {direction}"


def test_only_ceiling_parts_are_roofs() -> None:
    site = build_site("room.warehouse")
    assert {p.class_name for p in site.parts if p.roof} == {"ceiling"}
    assert all(p.roof for p in site.parts if p.class_name == "ceiling")
    assert site.indoor
    assert not any(p.roof for name in ROADS for p in build_site(name).parts)


@pytest.mark.parametrize("name", ROADS)
def test_trees_have_their_feet_in_the_ground(name: str) -> None:
    site = build_site(name)
    tri = np.concatenate([triangles(p) for p in grounds(site)])
    low, high = tri[:, :, :2].min(1), tri[:, :, :2].max(1)
    trees = [p for p in site.parts if p.class_name == "vegetation" and p.shapes]
    trunks = [s for p in trees for s in p.shapes]
    seen = np.concatenate([p.mesh.vertices_m for p in trees])
    assert len(trunks) > 50
    for s in trunks:
        xy = np.array(s.center_m[:2])
        near = tri[((low <= xy) & (high >= xy)).all(1)]
        t, _ = hits(near, np.array([*xy, 200.0]), np.array([0.0, 0.0, -1.0]))
        foot = s.center_m[2] - 0.5 * s.size_m[2]
        ground = 200.0 - t[0]
        assert -0.9 < foot - ground < 0.1
        stem = seen[np.hypot(*(seen[:, :2] - xy).T) < 0.6]
        assert -0.8 < stem[:, 2].min() - ground < 0.0


@pytest.mark.parametrize("name", ROADS)
def test_road_coordinates_are_metres_along_and_left_of_the_centre_line(name: str) -> None:
    site = build_site(name)
    road = next(p for p in site.parts if p.name == "road")
    np.testing.assert_array_equal(road.mesh.uv_m, road.mesh.vertices_m[:, :2])
    (material,) = road.mesh.materials
    assert material.pattern == "road"
    assert material.params[:5] == (3.5, 1.0, 3.0, 6.0, 0.15)


@pytest.mark.parametrize(
    ("name", "params", "word"),
    [
        ("road.straight", {"length_m": 10.0}, "length_m"),
        ("road.straight", {"lanes": 1.5}, "whole"),
        ("road.straight", {"seed": -1}, "seed"),
        ("road.straight", {"wear": math.nan}, "wear"),
        ("road.straight", {"lane_width_m": "wide"}, "lane_width_m"),
        ("road.underpass", {"dip_depth_m": 3.0, "length_m": 165.0}, "length_m"),
        ("room.warehouse", {"height_m": 2.0}, "height_m"),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(name: str, params: dict[str, float], word: str) -> None:
    with pytest.raises(UserError, match=word):
        build_site(name, params)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("road.straight", "length_m", 300.0),
        ("road.straight", "lanes", 2),
        ("road.straight", "lane_width_m", 3.0),
        ("road.straight", "wear", 0.9),
        ("road.straight", "seed", 7),
        ("road.underpass", "length_m", 300.0),
        ("road.underpass", "dip_depth_m", 1.0),
        ("road.underpass", "lane_width_m", 3.0),
        ("road.underpass", "wear", 0.9),
        ("road.underpass", "seed", 7),
        ("room.warehouse", "length_m", 30.0),
        ("room.warehouse", "width_m", 20.0),
        ("room.warehouse", "height_m", 9.0),
    ],
)
def test_every_parameter_changes_the_place(name: str, key: str, value: float) -> None:
    assert digest(build_site(name, {key: value})) != digest(build_site(name))
