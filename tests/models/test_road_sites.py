"""Curved roads, crossings, bridges, tunnels and fields against closed forms and rays of their own."""

from __future__ import annotations

import hashlib
import math
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.areas import covers
from simgen.errors import UserError
from simgen.models import PATTERNS, Site, build_model, build_site, class_by_name
from simgen.models.catalogue import _SITES
from simgen.models.sites.alignment import Alignment, Piece, bend

Floats = NDArray[np.float64]
NAMES = ("road.curve", "road.intersection", "road.bridge", "road.mountain", "road.tunnel", "field")
VARIANTS = (
    *((name, ()) for name in NAMES),
    ("road.curve", (("left", False), ("radius_m", 60.0), ("seed", 3), ("superelevation", 0.0))),
    ("road.intersection", (("control", "signals"), ("lane_width_m", 3.0), ("seed", 2))),
    ("road.bridge", (("clearance_m", 15.0), ("seed", 4), ("span_m", 110.0))),
    ("road.mountain", (("grade", 0.11), ("radius_m", 55.0), ("seed", 5))),
    ("field", (("rows", 7), ("row_m", 0.9), ("seed", 1))),
)
every_site = pytest.mark.parametrize(("name", "params"), VARIANTS)
Params = tuple[tuple[str, float], ...]


def site_of(name: str, params: Params = ()) -> Site:
    return build_site(name, dict(params))


@cache
def ground(site: Site) -> Floats:
    parts = [p for p in site.parts if p.collision == "mesh"]
    out: Floats = np.concatenate([p.mesh.vertices_m[p.mesh.faces] for p in parts]).astype(np.float64)
    return out


def height(tri: Floats, x: float, y: float) -> float:
    """Uppermost height of triangles at (x, y) by barycentric coordinates; nan where there are none."""
    low, high = tri[:, :, :2].min(1), tri[:, :, :2].max(1)
    a, b, c = np.moveaxis(tri[((low <= [x, y]) & (high >= [x, y])).all(1)], 1, 0)
    det = (b[:, 1] - c[:, 1]) * (a[:, 0] - c[:, 0]) + (c[:, 0] - b[:, 0]) * (a[:, 1] - c[:, 1])
    ok = np.abs(det) > 1e-9
    det = np.where(ok, det, 1.0)
    u = ((b[:, 1] - c[:, 1]) * (x - c[:, 0]) + (c[:, 0] - b[:, 0]) * (y - c[:, 1])) / det
    v = ((c[:, 1] - a[:, 1]) * (x - c[:, 0]) + (a[:, 0] - c[:, 0]) * (y - c[:, 1])) / det
    inside = ok & (u > -1e-6) & (v > -1e-6) & (u + v < 1.0 + 1e-6)
    z = (u * a[:, 2] + v * b[:, 2] + (1.0 - u - v) * c[:, 2])[inside]
    return float(z.max()) if len(z) else math.nan


def test_a_clothoid_turns_by_half_its_length_over_the_radius_and_ends_where_fresnel_says() -> None:
    """Heading L / (2 R); end point from the series x = L - L^5/(40 A^4), y = L^3/(6 A^2) - L^7/(336 A^6), A^2 = R L."""
    length, radius = 40.0, 120.0
    line = Alignment.of([Piece(length, 0.0, 1.0 / radius)], behind_m=10, ahead_m=20, x_start_m=0.0)
    k = int(np.argmin(np.abs(line.s_m - length)))
    a2 = radius * length
    assert line.heading_rad[k] == pytest.approx(length / (2.0 * radius), abs=1e-6)
    assert line.x_m[k] == pytest.approx(length - length**5 / (40.0 * a2**2), abs=2e-3)
    assert line.y_m[k] == pytest.approx(length**3 / (6.0 * a2) - length**7 / (336.0 * a2**3), abs=2e-3)


def test_an_arc_is_a_circle_and_projection_finds_the_way_back() -> None:
    line = Alignment.of([Piece(50.0), *bend(80.0, 60.0, 30.0, -1.0)], behind_m=20, ahead_m=50, x_start_m=0.0)
    on = (line.s_m > 82.0) & (line.s_m < 138.0)
    x, y, h = line.x_m[on], line.y_m[on], line.heading_rad[on]
    centers = np.column_stack([x + 80.0 * np.sin(h), y - 80.0 * np.cos(h)])  # a right bend has its centre on the right
    assert np.ptp(centers, axis=0).max() < 0.01
    rng = np.random.default_rng(0)
    s, d = rng.uniform(0.0, 150.0, 200), rng.uniform(-15.0, 15.0, 200)
    found_s, found_d = line.project(*line.plan(s, d).T)
    np.testing.assert_allclose(found_d, d, atol=0.01)
    np.testing.assert_allclose(found_s, s, atol=0.08)


@every_site
def test_lanes_lie_on_the_ground_and_do_not_jump(name: str, params: Params) -> None:
    site = site_of(name, params)
    tri = ground(site)
    for lane_name, lane in site.lanes.items():
        step = np.diff(lane.points_m, axis=0)
        assert np.linalg.norm(step, axis=1).max() <= 2.0, lane_name
        turn = np.diff(np.unwrap(np.arctan2(step[:, 1], step[:, 0])))
        assert np.abs(turn).max() < 0.15, lane_name
        for x, y, z in lane.points_m[3::23]:
            assert height(tri, x, y) == pytest.approx(z, abs=0.012), lane_name
            assert site.ground.at(x, y) == pytest.approx(z, abs=0.012), lane_name


@every_site
def test_the_height_grid_is_exact_at_its_samples_and_has_no_holes(name: str, params: Params) -> None:
    site = site_of(name, params)
    grid, tri = site.ground, ground(site)
    rng = np.random.default_rng(1)
    nx, ny = grid.z_m.shape
    for i, j in zip(rng.integers(1, nx - 1, 150), rng.integers(1, ny - 1, 150), strict=True):
        z = height(tri, grid.x0_m + grid.dx_m * i, grid.y0_m + grid.dy_m * j)
        assert z == pytest.approx(grid.z_m[i, j], abs=3e-4), (i, j)


@every_site
def test_the_land_reaches_the_horizon_all_around(name: str, params: Params) -> None:
    """Level rays from a camera on each lane meet something, or the land's rim stands above the camera's height."""
    site = site_of(name, params)
    tri = ground(site)
    low, high = tri[:, :, :2].reshape(-1, 2).min(0), tri[:, :, :2].reshape(-1, 2).max(0)
    lane = next(iter(site.lanes.values()))
    eye = lane.points_m[len(lane.points_m) // 2]
    for angle in np.arange(0.1, 2.0 * math.pi, math.pi / 4.0):
        way = np.array([math.cos(angle), math.sin(angle)])
        reach = min((high[k] - eye[k] if way[k] > 0.0 else low[k] - eye[k]) / way[k] for k in (0, 1))
        far = [height(tri, *(eye[:2] + way * d)) for d in np.linspace(40.0, reach - 1.0, 30)]
        assert not np.isnan(far).any(), "a hole"
        assert max(far) > eye[2] + 1.4, f"the world ends below the horizon at {math.degrees(angle):.0f} deg"


@every_site
def test_regions_lie_inside_and_know_their_lowest_ground(name: str, params: Params) -> None:
    site = site_of(name, params)
    b = site.bounds
    for key, r in site.regions.items():
        assert b.x_min_m - 1e-6 <= r.x_min_m < r.x_max_m <= b.x_max_m + 1e-6, key
        assert b.y_min_m - 1e-6 <= r.y_min_m < r.y_max_m <= b.y_max_m + 1e-6, key
        inside = [
            site.ground.at(x, y)
            for x in np.linspace(r.x_min_m, r.x_max_m, 80)
            for y in np.linspace(r.y_min_m, r.y_max_m, 40)
            if covers(r, x, y)
        ]
        assert min(inside) == pytest.approx(r.floor_m, abs=0.15), key


@every_site
def test_nothing_solid_stands_on_the_lanes(name: str, params: Params) -> None:
    site = site_of(name, params)
    points = np.concatenate([lane.points_m for lane in site.lanes.values()])
    for part in site.parts:
        for shape in part.shapes:
            if shape.center_m[2] - 0.5 * shape.size_m[2] > site.ground.at(*shape.center_m[:2]) + 4.0:
                continue  # overhead
            yaw = 2.0 * math.atan2(shape.quat_xyzw[2], shape.quat_xyzw[3])
            rel = points[:, :2] - np.array(shape.center_m[:2])
            u = rel[:, 0] * math.cos(yaw) + rel[:, 1] * math.sin(yaw)
            v = rel[:, 1] * math.cos(yaw) - rel[:, 0] * math.sin(yaw)
            half = np.array(shape.size_m) * (0.5 if shape.kind == "box" else 1.0)
            keep = 0.3 if name == "field" else 1.2
            assert not ((np.abs(u) < half[0] + keep) & (np.abs(v) < half[1] + keep)).any(), part.name


@every_site
def test_meshes_are_well_formed(name: str, params: Params) -> None:
    site = site_of(name, params)
    assert len({p.name for p in site.parts}) == len(site.parts)
    for part in site.parts:
        m = part.mesh
        assert class_by_name(part.class_name).thing is False
        assert np.isfinite(m.vertices_m).all()
        assert np.isfinite(m.uv_m).all()
        assert m.faces.max() < len(m.vertices_m)
        assert m.face_material.max() < len(m.materials)
        assert all(mat.pattern in PATTERNS for mat in m.materials)
        np.testing.assert_allclose(np.linalg.norm(m.normals, axis=1), 1.0, atol=1e-4)
        if part.collision == "mesh":
            p = m.vertices_m[m.faces].astype(np.float64)
            assert (np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 2] > -1e-6).all(), part.name


@pytest.mark.parametrize("name", NAMES)
def test_triangle_budget(name: str) -> None:
    parts = build_site(name).parts
    far = sum(sum(len(versions[-1].mesh.faces) for versions in p.chunks) or len(p.mesh.faces) for p in parts)
    assert 30_000 <= far <= 150_000
    assert sum(len(p.mesh.faces) for p in parts) <= 600_000


def digest(site: Site) -> str:
    h = hashlib.blake2b()
    for part in site.parts:
        for a in (part.mesh.vertices_m, part.mesh.normals, part.mesh.uv_m, part.mesh.faces):
            h.update(a.tobytes())
    h.update(repr((site.lamps, site.regions, site.ground.z_m.sum())).encode())
    return h.hexdigest()


@pytest.mark.parametrize("name", ["road.curve", "road.mountain", "field"])
def test_the_same_parameters_give_the_same_bytes_and_another_seed_others(name: str) -> None:
    assert digest(_SITES[name]()) == digest(build_site(name))
    assert digest(build_site(name)) != digest(build_site(name, {"seed": 9}))


def test_superelevation_leans_into_the_bend_and_the_crown_returns() -> None:
    site = build_site("road.curve", {"superelevation": 0.05})
    main, oncoming = site.lanes["main.0"], site.lanes["oncoming.0"]
    assert main.at(195.0)[2] - oncoming.at(390.0 - 195.0)[2] == pytest.approx(0.05 * 3.5, abs=0.01)
    assert main.at(40.0)[2] == pytest.approx(oncoming.at(350.0)[2], abs=1e-6)


def test_the_mountain_road_climbs_at_its_grade() -> None:
    lane = build_site("road.mountain", {"grade": 0.08}).lanes["main.0"]
    run = np.hypot(*np.diff(lane.points_m[:, :2], axis=0).T).sum()
    climbed = lane.points_m[-1, 2] - lane.points_m[0, 2]
    assert climbed / run == pytest.approx(0.08, rel=0.05)


def test_the_bridge_stands_over_its_valley() -> None:
    site = build_site("road.bridge", {"clearance_m": 10.0})
    deck = site.regions["bridge"]
    x = 0.5 * (deck.x_min_m + deck.x_max_m)
    assert site.ground.at(x, 0.0) == pytest.approx(0.0, abs=0.01)  # the carriageway may lie a joint's depth lower
    assert site.ground.at(x, 9.5) == pytest.approx(-10.0, abs=0.5)


def test_turning_lanes_join_the_lanes_they_turn_into() -> None:
    lanes = build_site("road.intersection").lanes
    for turning, into in (("main.left", "north.0"), ("main.right", "south.0"), ("south.left", "main.0")):
        end = lanes[turning].points_m[-1]
        _, offset = lanes[into].project(end[0], end[1])
        assert offset == pytest.approx(0.0, abs=1e-6), turning


@pytest.mark.parametrize(
    ("name", "params", "word"),
    [
        ("road.curve", {"radius_m": 10.0}, "radius_m"),
        ("road.curve", {"radius_m": 40.0, "arc_m": 300.0}, "150"),
        ("road.intersection", {"control": "lights"}, "control"),
        ("road.bridge", {"span_m": 50.0, "clearance_m": 17.0}, "clearance_m"),
        ("road.mountain", {"grade": 0.4}, "grade"),
        ("road.tunnel", {"tunnel_m": 20.0}, "tunnel_m"),
        ("field", {"furrow_m": 0.3, "row_m": 0.5}, "furrow_m"),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(name: str, params: dict[str, float], word: str) -> None:
    with pytest.raises(UserError, match=word):
        build_site(name, params)


def test_a_rock_weighs_what_its_hull_holds_and_stands_on_the_ground() -> None:
    rock = build_model("rock", {"size_m": 1.0, "seed": 3})
    assert max(rock.size_m) == pytest.approx(1.0, abs=1e-6)
    points = rock.parts[0].mesh.vertices_m
    assert points[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    # An ellipsoid of these extents is an upper bound of a convex hull of points on it, and half of it a lower one.
    full = 2700.0 * math.pi / 6.0 * float(np.prod(rock.size_m))
    assert 0.4 * full < rock.mass_kg < 1.05 * full
    with pytest.raises(UserError, match="size_m"):
        build_model("rock", {"size_m": 9.0})


@pytest.mark.parametrize("control", ["priority", "signals"])
def test_a_town_has_street_furniture_that_leaves_pavements_and_lanes_free(control: str) -> None:
    site = build_site("road.intersection", {"control": control})
    part = next(p for p in site.parts if p.name == "street.furniture")
    assert 12 <= len(part.shapes) <= 60
    assert len(part.mesh.faces) < 0.04 * sum(len(p.mesh.faces) for p in site.parts)
    low = part.mesh.vertices_m[:, 2].min()
    assert -0.01 < low < 2.0
    for shape in part.shapes:
        x, y, z = shape.center_m
        half = shape.size_m[2] * 0.5
        assert z - half > site.ground.at(x, y) - 0.08, "nothing is sunk into the ground"
        for name in ("pavement.left", "pavement.right"):
            region = site.regions[name]
            clear = max(region.y_min_m - y, y - region.y_max_m, region.x_min_m - x, x - region.x_max_m)
            assert clear > 0.0, (name, shape)
        assert not covers(site.regions["road"], x, y), shape
    kinds = {round(s.size_m[2], 2) for s in part.shapes}
    assert {0.46, 0.9, 0.78} <= kinds  # seats, bollards, hydrants


def test_another_seed_furnishes_the_town_otherwise() -> None:
    first, second = (build_site("road.intersection", {"seed": s}) for s in (0, 3))
    places = [
        sorted(s.center_m for p in site.parts if p.name == "street.furniture" for s in p.shapes)
        for site in (first, second)
    ]
    assert places[0] != places[1]
