"""The state vector: bounded, finite, in the documented order."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from simgen.conditions import Conditions, Fog, Light
from simgen.env.observation import FEATURES, IN_LANE, camera_space, state_space, state_vector
from simgen.env.situation import HORIZON_M, Neighbour
from tests.env.test_task import TASK, situation

NAMES = [feature.name for feature in FEATURES]


def by_name(vector: np.ndarray) -> dict[str, float]:
    return dict(zip(NAMES, vector.tolist(), strict=True))


def test_names_are_unique_and_bounds_ordered() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(feature.low < feature.high for feature in FEATURES)
    assert all(feature.meaning for feature in FEATURES)


def test_values_stand_where_the_table_says() -> None:
    conditions = Conditions(fog=Fog(mor_m=80.0), light=Light(natural_lx=90.0, street_lights_lx=10.0))
    lead = Neighbour("lead", 33.0, -7.0, 0.25, 1.8)
    oncoming = Neighbour("oncoming", -4.0, -40.0, 3.5, 1.9)
    now = situation(
        s_m=30.0,
        speed_mps=12.5,
        lateral_offset_m=-0.5,
        heading_error_rad=0.1,
        yaw_rate_radps=-0.2,
        conditions=conditions,
        friction=0.4,
        water_depth_m=0.1,
        water_depth_ahead_m=0.3,
        in_lane=(lead,),
        beside=(oncoming,),
    )
    vector = state_vector(TASK, now, steer_rad=0.05, accel_mps2=-1.5)
    assert vector.dtype == np.float32
    got = by_name(vector)
    expected = {
        "speed_mps": 12.5,
        "lateral_offset_m": -0.5,
        "heading_error_rad": 0.1,
        "yaw_rate_radps": -0.2,
        "steer_rad": 0.05,
        "accel_mps2": -1.5,
        "goal_m": 70.0,
        "target_speed_mps": 20.0,
        "safe_speed_mps": TASK.safe_speed_mps(now),
        "visibility_m": 80.0,
        "illuminance_log10_lx": 2.0,
        "friction": 0.4,
        "water_depth_m": 0.1,
        "water_depth_ahead_m": 0.3,
        "in_lane_0_present": 1.0,
        "in_lane_0_gap_m": 33.0,
        "in_lane_0_relative_speed_mps": -7.0,
        "in_lane_0_lateral_m": 0.25,
        "in_lane_0_width_m": 1.8,
        "in_lane_1_present": 0.0,
        "in_lane_1_gap_m": HORIZON_M,
        "beside_0_present": 1.0,
        "beside_0_gap_m": -4.0,
        "beside_0_relative_speed_mps": -40.0,
        "beside_1_gap_m": HORIZON_M,
    }
    for name, value in expected.items():
        assert got[name] == pytest.approx(value, rel=1e-6), name


@pytest.mark.parametrize("extreme", [1e9, -1e9])
def test_extremes_are_clipped_into_the_space(extreme: float) -> None:
    crowd = tuple(Neighbour(f"n{k}", extreme, extreme, extreme, abs(extreme)) for k in range(9))
    now = situation(
        speed_mps=extreme,
        lateral_offset_m=extreme,
        s_m=extreme,
        heading_error_rad=math.copysign(math.pi, extreme),
        in_lane=crowd,
        beside=crowd,
        conditions=Conditions(fog=Fog(mor_m=math.inf), light=Light(natural_lx=1e-9)),
        water_depth_m=abs(extreme),
    )
    vector = state_vector(TASK, now, steer_rad=extreme, accel_mps2=extreme)
    assert vector.shape == (len(FEATURES),)
    assert np.isfinite(vector).all()
    assert state_space().contains(vector)


def test_every_feature_can_change() -> None:
    """No dead entry: between an empty clear road and a crowded wet one each value differs."""
    crowd = tuple(Neighbour(f"n{k}", 5.0, 1.0, 2.0, 1.5) for k in range(IN_LANE))
    night = Conditions(fog=Fog(mor_m=30.0), light=Light(natural_lx=0.01))
    empty = state_vector(TASK, situation(), steer_rad=0.0, accel_mps2=0.0)
    busy_task = dataclasses.replace(TASK, target_speed_mps=35.0)
    busy = situation(
        speed_mps=1.0,
        s_m=3.0,
        lateral_offset_m=1.0,
        heading_error_rad=0.2,
        yaw_rate_radps=0.3,
        friction=0.1,
        water_depth_m=0.2,
        water_depth_ahead_m=0.4,
        conditions=night,
        in_lane=crowd,
        beside=crowd,
    )
    full = state_vector(busy_task, busy, steer_rad=0.1, accel_mps2=2.0)
    assert [name for name, a, b in zip(NAMES, empty, full, strict=True) if a == b] == []


def test_camera_space_is_height_by_width() -> None:
    space = camera_space((48, 64))
    assert space.shape == (48, 64, 3)
    assert space.dtype == np.uint8
