"""Wheel rays cast on the ground by our kernel, against Bullet's own; and motion that is read only when asked."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from world_fakes import actor, scene

from simgen.models import HeightGrid, build_site
from simgen.scenario.scene import SiteSpec
from simgen.world import World
from simgen.world.bullet import GROUP_FREE, GROUP_GROUND, GROUP_STATIC, Client
from simgen.world.frames import matrix_from_angles
from simgen.world.ground import add_site, ground_sheets, height_at, heights_of
from simgen.world.relief import cast_on_ground, obstructed, relief_of


@pytest.mark.parametrize("name", ["road.straight", "road.underpass", "room.warehouse"])
def test_rays_on_the_ground_meet_what_bullets_rays_meet(name: str) -> None:
    """On the site and beyond its edge: Bullet has the same sheets, without thickness."""
    site = build_site(name, {})
    relief = relief_of(site)
    rng = np.random.default_rng(5)
    grid = site.ground
    count = 3000
    high = (grid.x0_m + grid.dx_m * (grid.z_m.shape[0] - 1), grid.y0_m + grid.dy_m * (grid.z_m.shape[1] - 1))
    beyond = rng.choice((1.0, 150.0), (count, 1))
    xy = rng.uniform((grid.x0_m, grid.y0_m) - beyond, high + beyond)
    above = rng.uniform(-0.3, 2.0, count)  # from just under the surface to out of a ray's reach
    start = np.column_stack([xy, [grid.at(x, y) for x, y in xy] + above])
    down = np.array([-matrix_from_angles(*rng.normal(0.0, (3.0, 0.3, 0.5)))[:, 2] for _ in range(count)])
    end = start + 1.2 * down
    client = Client(240)
    try:
        for vertices, faces in ground_sheets(site):
            client.add_ground(vertices, faces, 0.0)
        hits = [
            client.api.rayTest(a, b, collisionFilterMask=GROUP_GROUND, physicsClientId=client.id)[0]
            for a, b in zip(start.tolist(), end.tolist(), strict=True)
        ]
    finally:
        client.close()
    met = bent = 0
    point, normal = np.zeros(3), np.zeros(3)
    for k, hit in enumerate(hits):
        ours = cast_on_ground(relief, start[k], end[k], point, normal)
        assert ours == (hit[0] >= 0), (start[k], end[k])
        if ours:
            met += 1
            # beyond, the terrain is there twice
            within = (xy[k] > np.add((grid.x0_m, grid.y0_m), 2.0)).all() and (xy[k] < np.subtract(high, 2.0)).all()
            np.testing.assert_allclose(point, hit[3], atol=2e-5 if within else 1e-3)
            bent += within and np.abs(normal - hit[4]).max() > 2e-4
    assert 0.2 * count < met < 0.9 * count
    assert bent <= 3  # rays that meet an edge: either of its faces is right


@pytest.mark.parametrize("name", ["road.straight", "road.intersection", "room.warehouse"])
def test_no_ray_that_is_clear_meets_an_obstacle(name: str) -> None:
    site = build_site(name, {})
    relief, rng = relief_of(site), np.random.default_rng(6)
    client = Client(240)
    try:
        walls = add_site(client, site)
        box = np.concatenate([w.bounds_m for w in walls.values()])
        near = box[rng.integers(len(box), size=2000)]
        start = rng.uniform(near[:, :3] - 0.5, near[:, 3:] + 0.5)
        end = start + rng.normal(0.0, (0.2, 0.2, 0.1), (2000, 3)) - (0.0, 0.0, 1.0)
        clear = met = 0
        for a, b in zip(start, end, strict=True):
            ray = (a.tolist(), b.tolist())
            hit = client.api.rayTest(*ray, collisionFilterMask=GROUP_FREE | GROUP_STATIC, physicsClientId=client.id)[0]
            met += hit[0] >= 0
            if not obstructed(relief, a, b):
                clear += 1
                assert hit[0] < 0, ray
    finally:
        client.close()
    assert clear > 100
    assert met > 50


def test_kernels_see_the_heights_of_the_grid() -> None:
    rng = np.random.default_rng(2)
    grid = HeightGrid(-3.0, 2.0, 1.5, 2.0, rng.normal(size=(5, 4)))
    for x, y in rng.uniform(-8.0, 14.0, (500, 2)):
        assert height_at(heights_of(grid), x, y) == grid.at(x, y)


def test_only_rays_far_from_everything_else_are_cast_by_us_and_all_agree_with_bullet() -> None:
    """A car goes over a pallet and strikes a tyre, past others, along a guard rail: at every tick, each ray that was
    not left to Bullet is shot again by Bullet at the state that it was cast in."""
    things = [
        actor("pallet", "pallet", 4.0, -1.75),
        actor("tyre", "tyre", 12.0, -1.2),
        actor("cones", "cone", 8.0, 0.3),
        actor("parked", "car.suv", 30.0, 1.75, yaw=math.pi),
    ]
    ego = actor("ego", "car.sedan", -8.0, -1.75, speed_mps=14.0, behaviour="keep_speed", lane="main.0")
    spec = replace(scene(ego, *things, settle_s=0.3), site=SiteSpec("road.straight"))
    ours = theirs = 0
    point, normal = np.zeros(3), np.zeros(3)
    with World(spec) as world:
        feelers, api, cid = world._mechanics.vehicles._feelers, world._client.api, world._client.id
        push = world._mechanics.vehicles.push

        def check() -> None:
            nonlocal ours, theirs
            hits = api.rayTestBatch(
                feelers.start_m.tolist(),
                feelers.end_m.tolist(),
                numThreads=1,
                collisionFilterMask=GROUP_FREE | GROUP_STATIC,
                physicsClientId=cid,
            )
            for k, hit in enumerate(hits):
                if feelers.unsure[k]:
                    theirs += 1
                    continue
                ours += 1
                start, end = feelers.start_m[k], feelers.end_m[k]
                assert cast_on_ground(world._mechanics.vehicles._relief, start, end, point, normal) == feelers.hit[k]
                assert hit[0] < 0 or (feelers.hit[k] and np.linalg.norm(hit[3] - start) > np.linalg.norm(point - start))

        def push_and_check(*args: Any) -> None:
            push(*args)
            check()

        world._mechanics.vehicles.push = push_and_check  # type: ignore[method-assign]
        for _ in range(480):
            world.step()
        assert any(e.kind == "collision" for e in world.events)
    assert ours > 1000
    assert theirs > 300


def test_motion_asked_for_is_that_of_bullet_now() -> None:
    ego = actor("ego", "fake.car", 0.0, -1.75, speed_mps=12.0, behaviour="keep_speed", lane="main.0")
    with World(scene(ego, actor("ball", "fake.ball", 6.0, 3.0, z=4.0))) as world:
        for _ in range(40):
            world.step()
            if world.tick % 7 == 0:
                uid, motion = world._mechanics.bodies[1].uid, world._mechanics.track.motion
                position, quat = world._client.api.getBasePositionAndOrientation(uid, world._client.id)
                velocity, _ = world._client.api.getBaseVelocity(uid, world._client.id)
                assert tuple(motion.position_m[1]) == position
                assert tuple(world._mechanics.track.quat_xyzw[1]) == quat
                assert tuple(motion.velocity_mps[1]) == velocity
        fallen_m = 4.0 - world.snapshot().T_world_object[1, 2, 3]
    assert fallen_m == pytest.approx(0.5 * 9.81 * (40 / 240) ** 2, rel=0.05)


def test_asking_for_motion_changes_nothing() -> None:
    """Reading loose things at other ticks may not move a bit of the trajectory."""

    def trajectory(every: int) -> bytes:
        ego = actor("ego", "car.sedan", -8.0, -1.75, speed_mps=14.0, behaviour="keep_speed", lane="main.0")
        props = [actor("pallet", "pallet", 4.0, -1.75), actor("tyre", "tyre", 12.0, -1.2)]
        spec = replace(scene(ego, *props, settle_s=0.3), site=SiteSpec("road.straight"))
        with World(spec) as world:
            for _ in range(300):
                world.step()
                if world.tick % every == 0:
                    world.snapshot()
            return world._mechanics.track.motion.position_m.tobytes() + repr(world.events).encode()

    assert trajectory(1) == trajectory(24) == trajectory(1000)
