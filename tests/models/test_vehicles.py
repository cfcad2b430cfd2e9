"""Vehicles: dimensions, sound geometry, symmetry, lamps, mounts and the cutting tools they are made with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from simgen.models import DRIVEN, Mesh, Model, build_model
from simgen.models.families import vehicles
from simgen.models.families.vehicle_data import VEHICLES
from simgen.models.families.vehicle_materials import SEAM
from simgen.models.families.vehicle_shell import smooth
from simgen.models.families.vehicle_skin import SIDE, Skin
from simgen.models.palette import GLASS, PAINT

CARS = ("car.small", "car.hatchback", "car.sedan", "car.suv", "car.offroad")
ALL = (*CARS, "van.panel", "pickup.double_cab", "truck.box", "truck.tractor", "fire_engine", "bus.city")


@pytest.fixture(params=ALL)
def model(request: pytest.FixtureRequest) -> Model:
    return build_model(request.param)


def _triangles(model: Model) -> NDArray[np.float64]:
    """Every triangle (T, 3, 3) in the model frame; wheels stand unrotated."""
    return np.concatenate(
        [p.mesh.vertices_m[p.mesh.faces].astype(np.float64) + np.array(p.position_m) for p in model.parts]
    )


def _first_hits(
    tri: NDArray[np.float64], origin: NDArray[np.float64], direction: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Nearest triangle each ray meets (Moeller & Trumbore 1997), -1 for none."""
    a, e1, e2 = tri[:, 0], tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0]
    out = np.full(len(origin), -1, np.int64)
    for k, (o, d) in enumerate(zip(origin, direction, strict=True)):
        p = np.cross(d, e2)
        det = (e1 * p).sum(axis=1)
        inv = 1.0 / np.where(np.abs(det) < 1e-14, np.inf, det)
        rel = o - a
        u = (rel * p).sum(axis=1) * inv
        q = np.cross(rel, e1)
        v = (q @ d) * inv
        t = (e2 * q).sum(axis=1) * inv
        t = np.where((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-6) & (np.abs(det) > 1e-14), t, np.inf)
        if np.isfinite(t.min()):
            out[k] = int(np.argmin(t))
    return out


def test_every_face_is_sound_and_agrees_with_its_normals(model: Model) -> None:
    for part in model.parts:
        m = part.mesh
        face = np.cross(
            m.vertices_m[m.faces[:, 1]].astype(np.float64) - m.vertices_m[m.faces[:, 0]],
            m.vertices_m[m.faces[:, 2]].astype(np.float64) - m.vertices_m[m.faces[:, 0]],
        )
        area = 0.5 * np.linalg.norm(face, axis=1)
        assert area.min() > 1e-9, part.name
        np.testing.assert_allclose(np.linalg.norm(m.normals, axis=1), 1.0, atol=1e-5)
        agrees = np.einsum("ij,ikj->ik", face / area[:, None], m.normals[m.faces]).min(axis=1) > 0.0
        assert agrees.mean() > 0.99, part.name
        assert area[~agrees].sum() < 1e-3 * area.sum(), part.name
        assert m.face_material.min() >= 0
        assert m.face_material.max() < len(m.materials)


def test_size_matches_the_bounds_and_the_published_dimensions(model: Model) -> None:
    tri = _triangles(model).reshape(-1, 3)
    low, high = tri.min(axis=0), tri.max(axis=0)
    np.testing.assert_allclose(high - low, model.size_m, atol=0.001)
    np.testing.assert_allclose(0.5 * (high + low), model.box_center_m, atol=0.001)
    data = VEHICLES[model.name]
    assert model.size_m[0] == pytest.approx(data.length_m, abs=0.06)
    assert model.size_m[2] == pytest.approx(data.height_m, abs=0.02)
    low_doors = model.class_name == "car" or model.name.startswith("pickup")
    below_handles = tri[tri[:, 2] < (0.70 if low_doors else 1.3)]
    assert 2.0 * below_handles[:, 1].max() == pytest.approx(data.width_m, abs=0.02)
    assert float(model.parts[0].mesh.bounds_m[0][2]) == pytest.approx(data.clearance_m, abs=0.06)


def test_every_vehicle_has_its_row_and_the_dynamics_take_it(model: Model) -> None:
    data, spec = VEHICLES[model.name], model.vehicle
    assert sorted(VEHICLES) == sorted(ALL)
    assert spec is not None
    assert (model.mass_kg, spec.wheelbase_m, spec.track_m) == (data.mass_kg, data.wheelbase_m, data.track_m)
    assert spec.driven in DRIVEN
    assert spec.tyre_pressure_pa == data.tyre_pressure_pa
    rear_x = spec.front_axle_x_m - spec.wheelbase_m
    assert (model.center_of_mass_m[0] - rear_x) / spec.wheelbase_m == pytest.approx(data.front_load)
    assert model.center_of_mass_m[2] == data.cg_height_m < 0.5 * data.height_m
    # the areas are of this vehicle: a rounded box fills 0.8 of its outline from the front and more from the side
    assert 0.75 < spec.frontal_area_m2 / (data.width_m * data.height_m) < 0.95
    filled = (0.50, 0.70) if spec.hitch_m is not None else (0.80, 0.98)  # a tractor has nothing over its frame
    assert filled[0] < spec.side_area_m2 / (data.length_m * data.height_m) < filled[1]
    assert abs(spec.pressure_x_m - (spec.front_axle_x_m - 0.5 * spec.wheelbase_m)) < 0.2 * spec.wheelbase_m
    assert 0.3 < spec.pressure_z_m / data.height_m < 0.65


def test_anti_lock_can_be_left_out(model: Model) -> None:
    plain = build_model(model.name, {"abs": False})
    assert (model.vehicle.abs, plain.vehicle.abs) == (True, False)
    assert replace(plain.vehicle, abs=True) == model.vehicle
    for part, same in zip(plain.parts, model.parts, strict=True):
        assert np.array_equal(part.mesh.vertices_m, same.mesh.vertices_m)


def test_wheels_stand_on_the_ground_where_the_dynamics_expect_them(model: Model) -> None:
    spec = model.vehicle
    assert spec is not None
    wheels = {p.name: p for p in model.parts if p.name.startswith("wheel")}
    assert sorted(wheels) == ["wheel_fl", "wheel_fr", "wheel_rl", "wheel_rr"]
    for name, part in wheels.items():
        x, y, z = part.position_m
        expected_x = spec.front_axle_x_m - (spec.wheelbase_m if name[6] == "r" else 0.0)
        assert x == pytest.approx(expected_x)
        assert y == pytest.approx((0.5 if name[7] == "l" else -0.5) * spec.track_m)
        assert z == pytest.approx(spec.wheel_radius_m)
        assert z + float(part.mesh.vertices_m[:, 2].min()) == pytest.approx(0.0, abs=1e-4)
        radial = np.hypot(part.mesh.vertices_m[:, 0], part.mesh.vertices_m[:, 2])
        assert radial.max() == pytest.approx(spec.wheel_radius_m, abs=1e-4)  # round about its axle
    body_low = float(model.parts[0].mesh.bounds_m[0][2])
    assert 0.1 < body_low < 0.4  # ground clearance: nothing but the wheels touches


def test_left_mirrors_right(model: Model) -> None:
    m = model.parts[0].mesh
    for name in ("fire brigade red" if model.name == "fire_engine" else PAINT.name, GLASS.name):
        index = [mat.name for mat in m.materials].index(name)
        points = m.vertices_m[np.unique(m.faces[m.face_material == index])].astype(np.float64)
        gap, _ = cKDTree(points).query(points * [1.0, -1.0, 1.0])
        assert gap.max() < 1e-3


def test_no_holes_from_any_side(model: Model) -> None:
    """From outside, the first surface on a line of sight always shows its front."""
    tri = _triangles(model)
    rng = np.random.default_rng(7)
    count = 500
    around = rng.uniform(0.0, 2.0 * np.pi, count)
    up = rng.uniform(0.05, 1.2, count)
    away = np.stack([np.cos(around) * np.cos(up), np.sin(around) * np.cos(up), np.sin(up)], axis=-1)
    aim = np.array(model.box_center_m) + rng.uniform(-0.48, 0.48, (count, 3)) * model.size_m
    hit = _first_hits(tri, aim + 30.0 * away, -away)
    seen = hit >= 0
    assert seen.mean() > 0.7
    normal = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])
    facing = (normal[hit[seen]] * away[seen]).sum(axis=1) > 0.0
    assert facing.mean() > 0.995


def test_lamps_sit_at_their_lenses(model: Model) -> None:
    m = model.parts[0].mesh
    centre = m.vertices_m[m.faces].mean(axis=1)
    kinds = {lamp.kind for lamp in model.lamps}
    assert kinds == {"head", "tail", "brake", "indicator"} | ({"beacon"} if model.name == "fire_engine" else set())
    for lamp in model.lamps:
        lens = centre[np.array([m.materials[k].lamp == lamp.kind for k in m.face_material])]
        gap = np.linalg.norm(lens - np.array(lamp.position_m), axis=1).min()
        assert gap < 0.25, (lamp.kind, lamp.position_m)
        assert 0.2126 * lamp.color[0] + 0.7152 * lamp.color[1] + 0.0722 * lamp.color[2] == pytest.approx(1, abs=0.01)
    heads = [lamp for lamp in model.lamps if lamp.kind == "head"]
    assert [lamp.beam for lamp in heads] == ["lowbeam", "lowbeam"]
    assert all(0.5 < lamp.position_m[2] < 1.2 for lamp in heads)  # UN R48: 0.5 to 1.2 m above ground
    assert heads[0].position_m[1] == pytest.approx(-heads[1].position_m[1])


def test_mounts_look_out(model: Model) -> None:
    assert set(model.mounts) == {"windscreen", "bumper", "roof"}
    tri = _triangles(model)
    for position, yaw, pitch in model.mounts.values():
        assert yaw == 0.0
        assert 0.0 <= pitch < 0.1
        spread = np.array([[1.0, y, z] for y in (-0.4, 0.0, 0.4) for z in (0.0, 0.15)])
        hit = _first_hits(tri, np.tile(position, (len(spread), 1)), spread)
        assert np.all(hit == -1)  # nothing of the vehicle above the horizon of its cameras


def test_collision_shapes_lie_within_the_body(model: Model) -> None:
    half = 0.5 * np.array(model.size_m) + 0.02
    for shape in model.collision:
        if shape.points_m is None:
            corners = np.array(shape.center_m) + 0.5 * np.array([[-1.0], [1.0]]) * np.array(shape.size_m)
        else:
            corners = shape.points_m.astype(np.float64)
        assert np.all(np.abs(corners - np.array(model.box_center_m)) < half)
        assert corners[:, 2].min() > 0.1


@pytest.mark.parametrize("name", CARS)
def test_the_profile_tells_the_body_style(name: str) -> None:
    """A saloon steps down to a boot; a hatchback and an SUV stay tall to the tail."""
    tri = _triangles(build_model(name)).reshape(-1, 3)
    tail = tri[(tri[:, 0] < tri[:, 0].min() + 0.35) & (np.abs(tri[:, 1]) < 0.5)]
    height = tail[:, 2].max() / tri[:, 2].max()
    assert (height < 0.75) if name == "car.sedan" else (height > 0.85)


def test_a_pickup_carries_its_load_between_walls() -> None:
    """Its bed is open above, and a thing dropped into it meets the floor and not a lid, inside and in collision."""
    model = build_model("pickup.double_cab")
    tri = _triangles(model)
    over_bed = np.array([[x, y, 3.0] for x in (-2.4, -1.8, -1.2) for y in (-0.5, 0.0, 0.5)])
    hit = _first_hits(tri, over_bed, np.tile([0.0, 0.0, -1.0], (len(over_bed), 1)))
    floor_z = tri[hit, :, 2].mean(axis=1)
    np.testing.assert_allclose(floor_z, floor_z[0], atol=1e-4)
    assert 0.7 < floor_z[0] < 0.9
    boxes = [s for s in model.collision if s.kind == "box"]

    def solid(x: float, y: float, z: float) -> bool:
        return any(np.all(np.abs(np.array([x, y, z]) - s.center_m) <= 0.5 * np.array(s.size_m)) for s in boxes)

    assert solid(-1.8, 0.0, floor_z[0] - 0.02)
    assert not solid(-1.8, 0.0, floor_z[0] + 0.02)
    assert solid(-1.8, 0.85, 1.1)
    assert solid(-1.8, -0.85, 1.1)
    assert solid(-2.62, 0.0, 1.1)


def test_classes_slots_and_budget(model: Model) -> None:
    prefix = model.name.partition(".")[0]
    assert model.class_name == {"van": "car", "pickup": "truck", "fire_engine": "truck"}.get(prefix, prefix)
    assert model.slots == (() if model.name == "fire_engine" else ("paint",))
    assert {mat.slot for mat in model.parts[0].mesh.materials} - {""} == set(model.slots)
    assert 3000 < sum(len(p.mesh.faces) for p in model.parts) < (6500 if model.slots and prefix != "bus" else 7200)


def test_building_again_gives_the_same_bytes() -> None:
    first, second = vehicles.hatchback(), vehicles.hatchback()
    for a, b in zip(first.parts, second.parts, strict=True):
        assert a.mesh.vertices_m.tobytes() == b.mesh.vertices_m.tobytes()
        assert a.mesh.normals.tobytes() == b.mesh.normals.tobytes()
        assert a.mesh.faces.tobytes() == b.mesh.faces.tobytes()
        assert a.mesh.face_material.tobytes() == b.mesh.face_material.tobytes()


def _wall() -> Skin:
    """A flat wall 4 x 2 m at y = 1 that faces +y, as an 8 x 5 net."""
    x, z = np.meshgrid(np.linspace(2.0, -2.0, 9), np.linspace(0.0, 2.0, 6), indexing="ij")
    points = np.stack([x, np.ones_like(x), z], axis=-1)
    return Skin.of_nets([(points, points[..., [0, 2]], PAINT)])


def _area(skin: Skin, material: object | None = None) -> float:
    c = skin.corners[..., :3]
    area = 0.5 * np.linalg.norm(np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0]), axis=1)
    if material is None:
        return float(area.sum())
    return float(area[[skin.materials[k] == material for k in skin.owner]].sum())


def _edge_length(skin: Skin) -> float:
    edges = skin.open_edges()
    return float(np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1).sum())


def test_cutting_keeps_area_and_leaves_no_gaps() -> None:
    skin = _wall()
    skin.cut(SIDE, [(-0.7, 0.3), (0.9, 0.5), (0.2, 1.7)], GLASS)
    skin.cut(SIDE, [(-1.9, 0.95), (1.9, 1.0), (1.9, 1.02), (-1.9, 0.97)], SEAM)
    triangle = 0.5 * abs(1.6 * 1.4 - 0.9 * 0.2)  # half the cross product of two sides
    assert _area(skin) == pytest.approx(8.0, abs=1e-4)
    assert _area(skin, GLASS) < triangle  # the second cut took a band of it
    assert _area(skin, SEAM) == pytest.approx(3.8 * 0.02, rel=0.02)
    assert _edge_length(skin) > 12.5  # T-junctions count as open
    skin.finish()
    assert _edge_length(skin) == pytest.approx(12.0, abs=0.01)  # only the wall's own outline
    assert _area(skin) == pytest.approx(8.0, abs=1e-3)
    assert _area(skin, SEAM) == pytest.approx(3.8 * 0.02, rel=0.05)


def test_cutting_with_nothing_opens_a_hole_of_that_outline() -> None:
    skin = _wall()
    skin.cut(SIDE, [(-0.5, 0.5), (0.5, 0.5), (0.5, 1.5), (-0.5, 1.5)], None)
    skin.finish()
    assert _area(skin) == pytest.approx(7.0, abs=1e-3)
    assert _edge_length(skin) == pytest.approx(12.0 + 4.0, abs=0.01)


def test_cutting_spares_other_materials_and_faces_that_look_away() -> None:
    skin = _wall()
    skin.cut(SIDE, [(-0.5, 0.5), (0.5, 0.5), (0.5, 1.5), (-0.5, 1.5)], GLASS)
    skin.cut(SIDE, [(-1.0, 0.0), (1.0, 0.0), (1.0, 2.0), (-1.0, 2.0)], SEAM, (PAINT,))
    assert _area(skin, GLASS) == pytest.approx(1.0, abs=1e-4)
    assert _area(skin, SEAM) == pytest.approx(3.0, abs=1e-4)


def test_thinning_a_flat_wall_leaves_its_outline() -> None:
    skin = _wall()
    before = len(skin.corners)
    skin.finish()
    assert len(skin.corners) < 0.7 * before
    assert _edge_length(skin) == pytest.approx(12.0, abs=1e-4)
    assert _area(skin) == pytest.approx(8.0, abs=1e-4)


def test_lookup_meets_the_wall_and_says_when_it_misses() -> None:
    at, normal = _wall().lookup(SIDE, [[0.3, 0.7]])
    np.testing.assert_allclose(at, [[0.3, 1.0, 0.7]], atol=1e-9)
    np.testing.assert_allclose(normal, [[0.0, 1.0, 0.0]], atol=1e-9)
    with pytest.raises(ValueError, match="no skin behind"):
        _wall().lookup(SIDE, [[5.0, 0.7]])


def test_smooth_curve_passes_its_points_without_overshoot() -> None:
    points = ((0.0, 0.0), (1.0, 0.0), (2.0, 1.0), (4.0, 1.2))
    np.testing.assert_allclose(smooth(points, [0.0, 1.0, 2.0, 4.0]), [0.0, 0.0, 1.0, 1.2], atol=1e-12)
    dense = smooth(points, np.linspace(-1.0, 5.0, 400))
    assert np.all(np.diff(dense) >= -1e-12)
    assert dense[0] == 0.0
    assert dense[-1] == pytest.approx(1.2)


def test_wheels_are_closed_towards_the_eye() -> None:
    """Seen along the axle from outside, a wheel shows only fronts, and no line passes through it."""
    part = next(p for p in build_model("car.suv").parts if p.name == "wheel_fr")
    mesh: Mesh = part.mesh
    tri = mesh.vertices_m[mesh.faces].astype(np.float64)
    rng = np.random.default_rng(3)
    radius, angle = 0.36 * np.sqrt(rng.uniform(0, 1, 200)), rng.uniform(0, 2 * np.pi, 200)
    origin = np.stack([radius * np.cos(angle), np.full(200, -2.0), radius * np.sin(angle)], axis=-1)
    hit = _first_hits(tri, origin, np.tile([0.0, 1.0, 0.0], (200, 1)))
    assert np.all(hit >= 0)
    normal = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])[hit]
    assert np.all(normal[:, 1] < 0.0)
