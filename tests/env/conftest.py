"""Plain-data roads, scenes and snapshots: the task is tested without any physics."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from simgen.conditions import Conditions
from simgen.env.tasks.situation import Road
from simgen.models import HeightGrid, Lane, Region, Site
from simgen.models.catalogue import register_site
from simgen.scenario.scene import ActorSpec, Scene, SiteSpec
from simgen.snapshot import Cast, CastObject, Lamps, Snapshot

LANE_WIDTH_M = 3.5
CAR_SIZE_M = (4.0, 2.0, 1.5)


def _site(lane_points_m: np.ndarray, surface: Region, ground: HeightGrid) -> Site:
    return Site(
        name="test.env",
        parts=(),
        lanes={"main.0": Lane(lane_points_m, LANE_WIDTH_M)},
        regions={"road": surface},
        ground=ground,
        lamps=(),
        indoor=False,
        bounds=Region(-500.0, 500.0, -500.0, 500.0, 0.0),
    )


@register_site("test.env_straight")
def straight() -> Site:
    """200 m along +x at y = 0; 7 m wide; the ground dips by 1 m between x = 50 and 60."""
    x = np.arange(0.0, 201.0, 2.0)
    ground_x = np.arange(0.0, 201.0, 1.0)
    z = np.where((ground_x >= 50.0) & (ground_x <= 60.0), -1.0, 0.0)
    grid = HeightGrid(0.0, -20.0, 1.0, 40.0, np.stack([z, z], axis=1))
    return _site(np.stack([x, 0.0 * x, 0.0 * x], axis=1), Region(0.0, 200.0, -1.75, 5.25, 0.0), grid)


@register_site("test.env_curve")
def curve() -> Site:
    """A left-hand quarter circle of radius 100 m from the origin, heading +x at first."""
    a = np.linspace(0.0, math.pi / 2, 629)
    points = np.stack([100.0 * np.sin(a), 100.0 * (1.0 - np.cos(a)), 0.0 * a], axis=1)
    grid = HeightGrid(-500.0, -500.0, 1000.0, 1000.0, np.zeros((2, 2)))
    return _site(points, Region(-10.0, 110.0, -10.0, 110.0, 0.0), grid)


@register_site("test.env_bend")
def bend() -> Site:
    """The curve's first eighth, and for a road the ring between 98.25 m and 105.25 m about its middle (0, 100)."""
    site = curve()
    a = np.linspace(0.0, math.pi / 4, 2000)
    ring = np.stack([np.sin(a), -np.cos(a)], axis=1)
    outline = np.concatenate([105.25 * ring, 98.25 * ring[::-1]]) + np.array([0.0, 100.0])
    return dataclasses.replace(site, name="test.env_bend", regions={"road": Region.of(outline, 0.0, strip=True)})


@dataclasses.dataclass(frozen=True)
class Placed:
    """An object of `CAR_SIZE_M` (or its own size) standing somewhere; velocity in the world frame."""

    x_m: float
    y_m: float
    yaw_rad: float = 0.0
    velocity_mps: tuple[float, float] = (0.0, 0.0)
    yaw_rate_radps: float = 0.0
    size_m: tuple[float, float, float] = CAR_SIZE_M


Staged = tuple[Scene, Road, Snapshot]
Stage = Callable[..., Staged]


@pytest.fixture(scope="session")
def stage() -> Stage:
    """A scene, its road and a snapshot with the ego first and the others as `other0`, `other1`, ..."""

    def build(
        ego: Placed,
        others: Sequence[Placed] = (),
        *,
        site: str = "test.env_straight",
        conditions: Conditions | None = None,
        speed_mps: float = 10.0,
        duration_s: float = 4.0,
        lane: str = "main.0",
        time_s: float = 0.0,
    ) -> Staged:
        placed = [ego, *others]
        names = ["ego", *(f"other{k}" for k in range(len(others)))]
        conditions = conditions or Conditions()
        scene = Scene(
            scenario_id="test/env",
            scenario_digest="0",
            seed=0,
            index=0,
            site=SiteSpec(site),
            actors=tuple(
                ActorSpec(name, "test.box", (p.x_m, p.y_m, 0.0), p.yaw_rad, speed_mps=speed_mps, lane=lane)
                for name, p in zip(names, placed, strict=True)
            ),
            conditions=conditions,
            cameras=(),
            duration_s=duration_s,
        )
        objects = tuple(
            CastObject(name, "test.box", 20, p.size_m, (0.0, 0.0, 0.5 * p.size_m[2]), {})
            for name, p in zip(names, placed, strict=True)
        )
        return scene, Road(scene), _snapshot(objects, placed, conditions, time_s)

    return build


def _snapshot(
    objects: tuple[CastObject, ...], placed: Sequence[Placed], conditions: Conditions, time_s: float
) -> Snapshot:
    count = len(placed)
    pose = np.tile(np.eye(4), (count, 1, 1))
    for k, p in enumerate(placed):
        c, s = math.cos(p.yaw_rad), math.sin(p.yaw_rad)
        pose[k, :2, :2] = [[c, -s], [s, c]]
        pose[k, :2, 3] = p.x_m, p.y_m
    none = np.zeros((0, 3))
    return Snapshot(
        cast=Cast((), objects, indoor=False),
        tick=round(time_s * 240),
        time_s=time_s,
        T_world_part=np.zeros((0, 4, 4)),
        part_lit=np.zeros(0, np.uint8),
        T_world_object=pose,
        velocity_mps=np.array([[*p.velocity_mps, 0.0] for p in placed]),
        angular_velocity_radps=np.array([[0.0, 0.0, p.yaw_rate_radps] for p in placed]),
        submerged_fraction=np.zeros(count),
        lamps=Lamps(none, none, none, np.zeros(0, np.uint8), np.zeros(0), np.zeros(0, np.uint16)),
        conditions=conditions,
    )
