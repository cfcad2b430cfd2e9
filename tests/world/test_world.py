"""The world's contract: snapshots, cast, lights, events, placement, errors."""

from __future__ import annotations

import gc
import math
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import ConvexHull
from world_fakes import actor, flood, scene

from simgen.conditions import Conditions, Light
from simgen.errors import PhysicsError, UserError
from simgen.models import LAMP_KINDS, HeightGrid, Shape
from simgen.scenario.scene import SiteSpec
from simgen.world import Action, World
from simgen.world.ground import apron

HZ = 240
CAR = actor("ego", "fake.car", 0.0, -1.75, speed_mps=15.0, behaviour="keep_speed", lane="main.0")


def run(world: World, seconds: float, action: Action | None = None) -> None:
    for _ in range(round(seconds * HZ)):
        world.step(action)


def bit(kind: str) -> int:
    return 1 << LAMP_KINDS.index(kind)


def test_snapshot_poses_match_where_bullet_meets_the_shapes() -> None:
    """Rays shot at the objects hit surfaces that lie where the snapshot says that they are."""
    box = actor("box", "fake.box", 6.0, 3.0, yaw=0.7, pitch_rad=0.3, roll_rad=-0.4, params={"com_x_m": 0.3})
    log = actor("log", "fake.log", 9.0, 3.0, yaw=-0.4)
    with World(scene(CAR, box, log, settle_s=0.2)) as world:
        run(world, 0.3)
        snap = world.snapshot()
        api, cid = world._client.api, world._client.id
        rng = np.random.default_rng(1)
        for k, center in ((1, [0.0, 0.0, 0.5]), (2, [0.0, 0.0, 0.15]), (0, [-0.2, 0.0, 1.1])):
            T = snap.T_world_object[k]
            aim = T[:3, :3] @ center + T[:3, 3]
            met = 0
            for away in rng.normal(size=(60, 3)):
                away[2] = abs(away[2])
                hit = api.rayTest(aim + 5.0 * away / np.linalg.norm(away), aim, physicsClientId=cid)[0]
                if hit[0] != world._mechanics.bodies[k].uid:
                    continue
                met += 1
                local = T[:3, :3].T @ (np.array(hit[3]) - T[:3, 3])
                gap = min(abs(_outside(s, local)) for s in world._mechanics.bodies[k].model.collision)
                assert gap < 2e-3, (k, local)
            assert met > 40


def _outside(shape: Shape, point: np.ndarray) -> float:
    """Signed distance (box, lying cylinder), or that to the base plane or knob's cone, of a point."""
    rel = point - shape.center_m
    if shape.kind == "box":
        return float((np.abs(rel) - 0.5 * np.array(shape.size_m)).max())
    if shape.kind == "cylinder":  # along x
        return max(math.hypot(rel[1], rel[2]) - shape.size_m[0], abs(rel[0]) - 0.5 * shape.size_m[2])
    hull = ConvexHull(shape.points_m)
    return float((hull.equations[:, :3] @ rel + hull.equations[:, 3]).max())


def test_the_box_with_a_shifted_centre_of_mass_rotates_about_it() -> None:
    box = actor("box", "fake.box", 6.0, 3.0, z=20.0, yaw=0.5, params={"com_x_m": 0.3})
    with World(scene(CAR, box)) as world:
        api, cid, uid = world._client.api, world._client.id, world._mechanics.bodies[1].uid
        api.resetBaseVelocity(uid, (0, 0, 0), (0, 0, 2.0), physicsClientId=cid)
        world._mechanics.track.read()
        com = (world.snapshot().T_world_object[1] @ [0.3, 0.0, 0.5, 1.0])[:2]
        run(world, 0.5)
        snap = world.snapshot()
    np.testing.assert_allclose((snap.T_world_object[1] @ [0.3, 0.0, 0.5, 1.0])[:2], com, atol=1e-6)
    yaw = math.atan2(snap.T_world_object[1, 1, 0], snap.T_world_object[1, 0, 0])
    assert yaw == pytest.approx(0.5 + 2.0 * 0.5, abs=1e-3)


def test_cast_puts_scenery_first_and_numbers_objects_by_actor() -> None:
    red = {"paint": (0.5, 0.0, 0.0)}
    with World(scene(CAR, actor("other", "fake.car", 20.0, 1.75, colors=red), actor("box", "fake.box", 9, 9))) as world:
        cast, snap = world.cast, world.snapshot()
    assert [p.instance for p in cast.parts] == [0, 0] + [1] * 5 + [2] * 5 + [3]
    assert [o.name for o in cast.objects] == ["ego", "other", "box"]
    assert cast.parts[7].tint == (("paint", (0.5, 0.0, 0.0)),)
    assert cast.objects[0].mounts == {"roof": ((0.0, 0.0, 1.5), 0.0, 0.0)}
    assert snap.T_world_part.shape == (len(cast.parts), 4, 4)
    np.testing.assert_array_equal(snap.T_world_part[:2], np.tile(np.eye(4), (2, 1, 1)))
    bottom = snap.T_world_part[-1] @ [0.5, 0.5, 0.0, 1.0]
    np.testing.assert_allclose(bottom[2], 0.0, atol=0.01)


def test_snapshots_are_private_copies() -> None:
    with World(scene(CAR)) as world:
        snap = world.snapshot()
        kept = snap.T_world_part.copy()
        run(world, 0.2)
        np.testing.assert_array_equal(snap.T_world_part, kept)
        assert world.snapshot().tick == 48
        assert world.snapshot().time_s == pytest.approx(0.2)


def test_wheels_roll_with_the_road_and_steer() -> None:
    with World(scene(CAR, settle_s=0.3)) as world:
        run(world, 0.5)
        w = world._mechanics.vehicles.wheels
        assert w.spin_radps[0] * 0.3 == pytest.approx(np.full(4, world.ego_state()["speed_mps"]), rel=0.01)
        run(world, 0.3, Action(0.3, 0.0))
        inner, outer = w.steer_rad[0, 0], w.steer_rad[0, 1]
        assert 1 / math.tan(outer) - 1 / math.tan(inner) == pytest.approx(1.5 / 2.6, rel=1e-6)  # Ackermann
        snap = world.snapshot()
    front_left, body = snap.T_world_part[3], snap.T_world_part[2]
    axle = body[:3, :3].T @ front_left[:3, 1]  # the wheel's axis in the body frame, turned left by the steering
    np.testing.assert_allclose(axle, [-math.sin(inner), math.cos(inner), 0.0], atol=1e-9)
    np.testing.assert_allclose(front_left[2, 3], 0.3, atol=0.02)


def test_settled_things_touch_and_do_not_sink() -> None:
    things = [
        actor("box", "fake.box", 5.0, 0.0, yaw=0.4),
        actor("heavy", "fake.box", 9.0, 0.0, params={"mass_kg": 5000.0}),
        actor("ball", "fake.ball", 13.0, 0.0),
        actor("husky", "fake.husky", 20.0, 0.0),
        actor("person", "fake.person", 24.0, 0.0),
        actor("shelf", "fake.shelf", 28.0, 0.0),
    ]
    slope = 0.04
    with World(scene(actor("ego", "fake.car"), *things, slope=slope, settle_s=0.5)) as world:
        snap = world.snapshot()
        for k, thing in enumerate(things, start=1):
            if thing.name in ("ball",):
                continue  # rolls away on the slope
            x, _, z = snap.T_world_object[k, :3, 3]
            assert abs(z - slope * x) < 0.01, thing.name
        contact = world._client.api.getContactPoints(physicsClientId=world._client.id)
        assert min(c[8] for c in contact) > -0.01


def test_vehicles_stand_along_the_slope() -> None:
    with World(scene(actor("ego", "fake.car", 5.0, 0.0), slope=0.1)) as world:
        T = world.snapshot().T_world_object[0]
    np.testing.assert_allclose(T[:3, 2], np.array([-0.1, 0.0, 1.0]) / math.hypot(0.1, 1.0), atol=1e-9)
    assert T[2, 3] == pytest.approx(0.5, abs=1e-9)


def test_people_walk_their_heading_and_report_it() -> None:
    walker = actor("person", "fake.person", 10.0, 8.0, yaw=2.0, speed_mps=1.4, behaviour="keep_speed")
    with World(scene(CAR, walker, slope=0.05, settle_s=0.3)) as world:
        run(world, 1.0)
        snap = world.snapshot()
    np.testing.assert_allclose(snap.velocity_mps[1], [1.4 * math.cos(2.0), 1.4 * math.sin(2.0), 0.0])
    x, y, z = snap.T_world_object[1, :3, 3]
    assert (x, y) == pytest.approx((10.0 + 1.4 * math.cos(2.0), 8.0 + 1.4 * math.sin(2.0)), abs=0.01)
    assert z == pytest.approx(0.05 * x, abs=0.01)


def test_nobody_walks_in_step_with_another() -> None:
    crowd = [
        actor(f"p{k}", "fake.person", 10.0 + 2.0 * k, 8.0, speed_mps=1.4, behaviour="keep_speed") for k in range(12)
    ]

    def phases(seed: int) -> list[float]:
        with World(replace(scene(CAR, *crowd, settle_s=0.2), seed=seed)) as world:
            run(world, 0.1)
            return [walker.phase % 1.0 for walker in world._mechanics.walkers]

    first = phases(1)
    assert first == phases(1)
    assert first != phases(2)
    assert len({round(phase, 3) for phase in first}) == len(crowd)
    assert max(first) - min(first) > 0.5


def test_a_struck_person_takes_momentum_from_the_car_and_falls() -> None:
    with World(scene(CAR, actor("person", "fake.person", 12.0, -1.75), settle_s=0.2)) as world:
        run(world, 1.5, Action(0.0, 0.0))
        hits = [e for e in world.events if e.kind == "collision"]
        state, snap = world.ego_state(), world.snapshot()
    assert [(e.subject, e.object) for e in hits] == [("ego", "person")]
    assert 13.0 < state["speed_mps"] < 15.0  # 1400 kg against 75 kg, not against a post
    assert hits[0].value > 75.0 * 2.0
    assert snap.T_world_object[1, 2, 2] < 0.9


def test_the_ego_meets_a_wall() -> None:
    near = actor("ego", "fake.car", 285.0, 11.0, speed_mps=15.0, behaviour="keep_speed")
    with World(scene(near)) as world:
        run(world, 2.0)
        event = next(e for e in world.events if e.kind == "collision")
        assert world.ego_state()["x_m"] < 300.0 - 1.9
    assert event.object == "site:wall"
    assert event.time_s == pytest.approx((300.0 - 2.1 - 285.0) / 15.0, abs=0.05)


def test_driving_over_a_branch_neither_stops_nor_launches_the_car() -> None:
    plank = {"length_m": 0.12, "width_m": 3.0, "height_m": 0.08, "mass_kg": 6.0}
    with World(scene(CAR, actor("plank", "fake.box", 12.0, -1.75, params=plank), settle_s=0.3)) as world:
        highest = 0.0
        for _ in range(2 * HZ):
            world.step()
            highest = max(highest, world.ego_state()["z_m"])
        assert world.ego_state()["speed_mps"] > 13.0
        assert 0.002 < highest < 0.12


def test_beacons_flash_three_times_a_second() -> None:
    """UN R65 allows 2 to 4 flashes a second."""
    with World(scene(actor("ego", "fake.car", lights=("beacon",)), settle_s=0.1)) as world:
        lit = []
        for _ in range(240):
            lit.append(bool(world.snapshot().part_lit[2] & bit("beacon")))
            world.step()
    assert sum(now and not before for before, now in zip([False, *lit], lit, strict=False)) == 3
    assert sum(lit) == 120


def test_lights_follow_the_author_the_conditions_and_the_brakes() -> None:
    lamp_lit = Conditions(light=Light(street_lights_lx=12.0))
    car = actor("ego", "fake.car", speed_mps=15.0, behaviour="keep_speed", lights=("tail", "indicator"))
    with World(scene(car, settle_s=0.1, conditions=lamp_lit)) as world:
        first = world.snapshot()
        run(world, 0.5, Action(0.0, -0.5))  # the indicator is dark from 1/3 s to 2/3 s
        second = world.snapshot()
    assert set(first.part_lit[:2].tolist()) == {bit("street")}
    assert set(first.part_lit[2:].tolist()) == {bit("street") | bit("tail") | bit("indicator")}
    assert set(second.part_lit[2:].tolist()) == {bit("street") | bit("tail") | bit("brake")}
    np.testing.assert_allclose(first.lamps.intensity_cd[0], 12.0 * 250.0)
    assert first.lamps.owner.tolist() == [0, 1, 1]
    tail = first.T_world_object[0] @ [-2.1, 0.6, 0.8, 1.0]
    np.testing.assert_allclose(first.lamps.position_m[1], tail[:3])
    assert second.lamps.intensity_cd[:, 0].tolist() == [3000.0, 10.0, 60.0]


def test_leaving_the_road_is_noticed_once() -> None:
    with World(scene(CAR, settle_s=0.1)) as world:
        run(world, 1.5, Action(-0.2, 0.0))
        events = [e for e in world.events if e.kind == "left_road"]
        assert world.ego_state()["y_m"] < -3.5
    assert len(events) == 1
    assert events[0].value == pytest.approx(-1.75, abs=0.3)


def test_the_action_overrides_the_driver_and_is_reported() -> None:
    with World(scene(CAR, settle_s=0.1)) as world:
        run(world, 0.5, Action(0.0, 1.0))
        state = world.ego_state()
        assert state["accel_mps2"] == pytest.approx(4.0, rel=0.1)
        assert (state["action_steer"], state["action_accel"]) == (0.0, 1.0)
        world.step()
        assert world.last_action.accel < 1.0  # the driver is back, above its speed


def test_robot_links_are_placed_by_their_joints() -> None:
    with World(scene(actor("ego", "fake.husky", speed_mps=0.5, behaviour="keep_speed"), settle_s=0.3)) as world:
        run(world, 1.0)
        snap = world.snapshot()
    chassis, front_left = snap.T_world_part[2], snap.T_world_part[3]
    in_chassis = np.linalg.inv(chassis) @ front_left[:, 3]
    np.testing.assert_allclose(in_chassis[:3], [0.256, 0.2854, 0.03282], atol=2e-3)
    np.testing.assert_allclose(snap.T_world_object[0, :3, 3], [0.42, 0.0, 0.0], atol=0.03)


def test_things_that_float_start_afloat() -> None:
    with World(scene(CAR, actor("crate", "fake.box", 10.0, 8.0), conditions=flood(0.6))) as world:
        snap = world.snapshot()
    assert 0.6 - snap.T_world_object[1, 2, 3] == pytest.approx(0.1, rel=0.02)
    assert snap.submerged_fraction[1] == pytest.approx(0.1, rel=0.02)


def test_broken_physics_is_named() -> None:
    with World(scene(CAR, actor("crate", "fake.box", 10.0, 8.0))) as world:
        api, cid = world._client.api, world._client.id
        api.resetBaseVelocity(world._mechanics.bodies[1].uid, (0.0, 0.0, 900.0), (0, 0, 0), physicsClientId=cid)
        with pytest.raises(PhysicsError, match=r"'crate' \(fake\.box\) left the physical at tick 1:"):
            run(world, 0.1)


def test_a_body_fallen_through_the_ground_is_named() -> None:
    with World(scene(CAR, actor("crate", "fake.box", 10.0, 8.0))) as world:
        api, cid = world._client.api, world._client.id
        uid = world._mechanics.bodies[1].uid
        api.resetBasePositionAndOrientation(uid, (10.0, 8.0, -6.0), (0, 0, 0, 1), physicsClientId=cid)
        with pytest.raises(PhysicsError, match="'crate'"):
            run(world, 0.1)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: scene(actor("other", "fake.car")), "no actor named 'ego'"),
        (lambda: scene(actor("ego", "fake.car", lane="main.7")), "no lane 'main.7'"),
        (lambda: scene(CAR, physics_hz=120), "at least 200"),
    ],
)
def test_wrong_scenes_are_refused(build: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        World(build())  # type: ignore[operator]


def test_actions_out_of_range_and_closed_worlds_are_refused() -> None:
    with pytest.raises(UserError, match="out of range"):
        Action(1.2, 0.0)
    with pytest.raises(UserError, match="out of range"):
        Action(0.0, math.nan)
    world = World(scene(actor("ego", "fake.person")))
    with pytest.raises(UserError, match="takes no action"):
        world.step(Action(0.0, 0.0))
    world.close()
    world.close()
    with pytest.raises(PhysicsError, match="closed"):
        world.step()


@pytest.mark.parametrize("site", ["road.straight", "road.underpass"])
@pytest.mark.parametrize(
    "model",
    ["car.sedan", "car.offroad", "car.small", "van.panel", "pickup.double_cab", "truck.box", "fire_engine", "bus.city"],
)
def test_shipped_vehicles_drive_the_shipped_roads(site: str, model: str) -> None:
    car = actor("ego", model, -30.0, -1.75, speed_mps=14.0, behaviour="keep_speed", lane="main.0")
    with World(replace(scene(car, settle_s=0.5), site=SiteSpec(site))) as world:
        for _ in range(5 * HZ):
            world.step()
            state = world.ego_state()
            assert state["speed_mps"] == pytest.approx(14.0, rel=0.03)
            assert abs(state["lateral_offset_m"]) < 0.2
            assert abs(state["z_m"] - world.site.ground.at(state["x_m"], state["y_m"])) < 0.05
        assert world.events == []


def test_shipped_props_settle_on_the_road_and_stay() -> None:
    names = (
        "barrier",
        "barrier.concrete",
        "box",
        "branch",
        "cone",
        "pallet",
        "tyre",
        "person.adult",
        "animal.deer",
    )
    props = [actor(f"p{k}", name, 5.0 + 6.0 * k, 1.5, yaw=0.3 * k) for k, name in enumerate(names)]
    spec = replace(scene(actor("ego", "car.sedan", -20.0, -1.75), *props, settle_s=1.0), site=SiteSpec("road.straight"))
    with World(spec) as world:
        before = world.snapshot().T_world_object[:, :3, 3]
        contacts = world._client.api.getContactPoints(physicsClientId=world._client.id)
        assert min(c[8] for c in contacts) > -0.01
        run(world, 2.0)
        np.testing.assert_allclose(world.snapshot().T_world_object[:, :3, 3], before, atol=0.02)


def test_the_shipped_husky_drives_the_warehouse() -> None:
    husky = actor("ego", "robot.husky", -12.0, 0.0, speed_mps=0.8, behaviour="keep_speed")
    spec = replace(scene(husky, actor("shelf", "shelf", 0.0, 4.0), settle_s=0.5), site=SiteSpec("room.warehouse"))
    with World(spec) as world:
        run(world, 3.0)
        state = world.ego_state()
        assert state["x_m"] == pytest.approx(-12.0 + 0.8 * 3.0 - 0.5 * 0.8**2 / 1.5, abs=0.08)
        assert abs(state["y_m"]) < 0.05
        assert world.events == []


def test_a_driver_slows_down_for_a_slower_one_on_its_lane_and_only_there() -> None:
    fast = actor("ego", "fake.car", -20.0, -1.75, speed_mps=20.0, behaviour="keep_speed", lane="main.0")
    slow = actor("slow", "fake.car", 30.0, -1.75, speed_mps=10.0, behaviour="keep_speed", lane="main.0")
    other = actor("other", "fake.car", 10.0, 6.0, speed_mps=5.0, behaviour="keep_speed")
    with World(scene(fast, slow, other, settle_s=0.2)) as world:
        gap_m = math.inf
        for _ in range(12 * HZ):
            world.step()
            x = world._mechanics.track.motion.position_m[:, 0]
            gap_m = min(gap_m, x[1] - x[0] - 4.2)
        assert world.events == []
        assert world.ego_state()["speed_mps"] == pytest.approx(10.0, abs=0.5)
    assert 2.0 < gap_m < 15.0


def test_a_driver_stops_after_a_crash() -> None:
    hit = actor("ego", "fake.car", 0.0, -1.75, speed_mps=14.0, behaviour="keep_speed", lane="main.0")
    with World(scene(hit, actor("parked", "fake.car", 15.0, -1.75), settle_s=0.2)) as world:
        run(world, 6.0)
        state = world.ego_state()
        assert abs(state["speed_mps"]) < 0.01
        assert [e.object for e in world.events if e.kind == "collision"] == ["parked"]


def test_traffic_that_leaves_the_model_at_its_end_drives_on() -> None:
    car = actor("ego", "fake.car", -40.0, 1.75, yaw=math.pi, speed_mps=30.0, behaviour="keep_speed", lane="oncoming.0")
    with World(scene(car, slope=-0.03, settle_s=0.2)) as world:
        run(world, 4.0)
        state = world.ego_state()
        assert state["x_m"] < -150.0
        assert state["z_m"] == pytest.approx(1.8, abs=0.1)  # as high as the plane's edge at x = -60 m
        assert state["speed_mps"] == pytest.approx(30.0, rel=0.03)
        assert world.events == []


def test_closed_worlds_leave_no_memory_behind() -> None:
    def build() -> int:
        with World(scene(CAR, actor("log", "fake.log", 9.0, 3.0))) as world:
            world.step()
        gc.collect()
        return sys.getallocatedblocks()

    for _ in range(2):
        build()
    before = build()
    for _ in range(4):
        after = build()
    assert after - before < 1000  # the ground's vertex lists alone are 10,000 blocks a world


def test_the_ground_outside_lies_where_the_height_grid_says() -> None:
    hills = np.random.default_rng(3).normal(size=(5, 4))
    grid = HeightGrid(-3.0, 2.0, 1.5, 2.0, hills)
    strips = apron(grid)
    for vertices, faces in strips:
        for x, y, z in vertices:
            assert z == pytest.approx(grid.at(x, y))
        a, b, c = (vertices[faces[:, k]] for k in range(3))
        assert (np.cross(b - a, c - a)[:, 2] > 0.0).all()
    inner = (5 - 1) * 1.5 * (4 - 1) * 2.0
    area = sum(0.5 * np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]])[:, 2].sum() for v, f in strips)
    assert area + inner == pytest.approx((6.0 + 4000.0) * (6.0 + 4000.0))
