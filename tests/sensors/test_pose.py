"""Where a camera is and looks, on a carrier and in the world, against rotations by SciPy."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from small_stage import EYE, GREY, Thing, camera_spec, floor, pose, stage

from simgen.models.geometry import box
from simgen.sensors.camera import camera_pose

MOUNTS = {"windscreen": ((0.7, 0.1, 1.3), 0.0, 0.0), "tail": ((-2.0, 0.0, 0.9), math.pi, -0.1)}


def carrier(T):
    snapshot = stage([Thing(floor()), Thing(box((4.0, 2.0, 1.5), GREY), T, 1, "car")])
    objects = tuple(dataclasses.replace(o, name="ego", mounts=MOUNTS) for o in snapshot.cast.objects)
    cast = dataclasses.replace(snapshot.cast, objects=objects)
    return dataclasses.replace(snapshot, cast=cast), cast


def axes(T):
    """Forward, right and down of a camera pose in the world."""
    return T[:3, 2], T[:3, 0], T[:3, 1]


def test_a_camera_fixed_in_the_world_looks_along_x():
    snapshot, cast = carrier(EYE)
    T = camera_pose(snapshot, cast, camera_spec(offset_m=(3.0, -2.0, 1.5)))
    forward, right, down = axes(T)
    assert T[:3, 3] == pytest.approx([3.0, -2.0, 1.5])
    assert forward == pytest.approx([1, 0, 0])
    assert right == pytest.approx([0, -1, 0])
    assert down == pytest.approx([0, 0, -1])
    assert T[3] == pytest.approx([0, 0, 0, 1])


@pytest.mark.parametrize(("yaw", "pitch"), [(0.5, 0.0), (0.0, 0.3), (-2.0, -0.7), (3.0, 1.2)])
def test_yaw_turns_left_and_pitch_looks_up(yaw, pitch):
    snapshot, cast = carrier(EYE)
    T = camera_pose(snapshot, cast, camera_spec(yaw_rad=yaw, pitch_rad=pitch))
    forward, right, down = axes(T)
    expected = Rotation.from_euler("ZY", [yaw, -pitch])
    assert forward == pytest.approx(expected.apply([1, 0, 0]))
    assert right == pytest.approx(expected.apply([0, -1, 0]))
    assert down == pytest.approx(expected.apply([0, 0, -1]))
    assert right[2] == pytest.approx(0.0)  # the horizon stays level
    assert np.linalg.det(T[:3, :3]) == pytest.approx(1.0)
    if pitch > 0:
        assert forward[2] > 0.0


def test_a_mounted_camera_rides_with_its_carrier():
    T_car = pose((10.0, 4.0, 0.3), (0.1, -0.2, 0.8))
    snapshot, cast = carrier(T_car)
    spec = camera_spec(actor="ego", mount="windscreen", offset_m=(0.05, 0.0, -0.1), yaw_rad=0.2, pitch_rad=-0.1)
    T = camera_pose(snapshot, cast, spec)
    expected = T_car[:3, :3] @ np.array([0.75, 0.1, 1.2]) + T_car[:3, 3]
    assert T[:3, 3] == pytest.approx(expected)
    local = Rotation.from_euler("ZY", [0.2, 0.1]).as_matrix() @ np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])
    assert T[:3, :3] == pytest.approx(T_car[:3, :3] @ local)
    assert T[:3, :3].T @ T[:3, :3] == pytest.approx(np.eye(3), abs=1e-12)


def test_a_mount_adds_its_own_angles():
    T_car = pose((0.0, 0.0, 0.0), (0.0, 0.0, 0.4))
    snapshot, cast = carrier(T_car)
    T = camera_pose(snapshot, cast, camera_spec(actor="ego", mount="tail", yaw_rad=0.1, pitch_rad=0.3))
    forward, _, _ = axes(T)
    expected = Rotation.from_euler("ZY", [0.4 + math.pi + 0.1, -(0.3 - 0.1)]).apply([1, 0, 0])
    assert forward == pytest.approx(expected)


def test_a_mount_on_a_part_goes_with_that_part_and_not_with_the_body():
    T_part = pose((1.0, 2.0, 0.5), (0.3, -0.4, 1.2))
    snapshot, cast = carrier(pose((10.0, 4.0, 0.3), (0.1, -0.2, 0.8)))
    ego = dataclasses.replace(cast.objects[0], mount_parts={"tail": 1})
    cast = dataclasses.replace(cast, objects=(ego, *cast.objects[1:]))
    parts = snapshot.T_world_part.copy()
    parts[1] = T_part
    snapshot = dataclasses.replace(snapshot, cast=cast, T_world_part=parts)
    T = camera_pose(snapshot, cast, camera_spec(actor="ego", mount="tail"))
    assert T[:3, 3] == pytest.approx(T_part[:3, :3] @ np.array([-2.0, 0.0, 0.9]) + T_part[:3, 3])
    looks = Rotation.from_euler("ZY", [math.pi, 0.1]).apply([1, 0, 0])
    assert axes(T)[0] == pytest.approx(T_part[:3, :3] @ looks)


def test_an_actor_without_a_mount_carries_by_offset_alone():
    T_car = pose((5.0, 0.0, 0.0), (0.0, 0.0, math.pi / 2))
    snapshot, cast = carrier(T_car)
    T = camera_pose(snapshot, cast, camera_spec(actor="ego", offset_m=(2.0, 0.0, 1.0)))
    assert T[:3, 3] == pytest.approx([5.0, 2.0, 1.0])
    assert axes(T)[0] == pytest.approx([0, 1, 0])


def test_the_pose_does_not_alias_the_snapshot():
    snapshot, cast = carrier(EYE)
    T = camera_pose(snapshot, cast, camera_spec(actor="ego"))
    T[:3, 3] = 99.0
    assert not (snapshot.T_world_object == 99.0).any()
