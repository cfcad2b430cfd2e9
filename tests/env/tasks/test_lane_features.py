"""The state vector of the driving tasks: bounded, finite, in the documented order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.conditions import Conditions, Fog, Light
from simgen.env.observation import StateVector, state_space
from simgen.env.tasks.lane_features import FEATURES, IN_LANE, lane_state
from simgen.env.tasks.situation import HORIZON_M, Neighbour, Situation
from tests.env.tasks.test_drive import situation

NAMES = [feature.name for feature in FEATURES]


def vector_of(
    now: Situation,
    *,
    goal_m: float = 80.0,
    target_mps: float = 20.0,
    safe_mps: float = 20.0,
    steer_rad: float = 0.0,
    accel_mps2: float = 0.0,
    sight_m: float = math.inf,
) -> NDArray[np.float32]:
    values = lane_state(
        now,
        goal_m=goal_m,
        target_mps=target_mps,
        safe_mps=safe_mps,
        steer_rad=steer_rad,
        accel_mps2=accel_mps2,
        sight_m=sight_m,
    )
    return StateVector(FEATURES).of(values)


def by_name(vector: NDArray[np.float32]) -> dict[str, float]:
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
    vector = vector_of(now, goal_m=70.0, target_mps=20.0, safe_mps=11.0, steer_rad=0.05, accel_mps2=-1.5)
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
        "safe_speed_mps": 11.0,
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
    vector = vector_of(now, goal_m=extreme, target_mps=extreme, safe_mps=extreme, steer_rad=extreme, accel_mps2=extreme)
    assert vector.shape == (len(FEATURES),)
    assert np.isfinite(vector).all()
    assert state_space(FEATURES).contains(vector)


def test_every_feature_can_change() -> None:
    """No dead entry: between an empty clear road and a crowded wet one each value differs."""
    crowd = tuple(Neighbour(f"n{k}", 5.0, 1.0, 2.0, 1.5) for k in range(IN_LANE))
    night = Conditions(fog=Fog(mor_m=30.0), light=Light(natural_lx=0.01))
    empty = vector_of(situation())
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
    full = vector_of(busy, goal_m=97.0, target_mps=35.0, safe_mps=8.0, steer_rad=0.1, accel_mps2=2.0)
    assert [name for name, a, b in zip(NAMES, empty, full, strict=True) if a == b] == []


def test_what_is_out_of_sight_is_not_told() -> None:
    near, far = Neighbour("near", 30.0, -7.0, 0.2, 1.8), Neighbour("far", 61.0, -9.0, 0.4, 1.7)
    got = by_name(vector_of(situation(in_lane=(near, far), beside=(far,)), sight_m=60.0))
    assert (got["in_lane_0_present"], got["in_lane_0_gap_m"]) == (1.0, 30.0)
    absent = by_name(vector_of(situation()))
    assert {n: v for n, v in got.items() if n.startswith(("in_lane_1", "beside"))} == {
        n: v for n, v in absent.items() if n.startswith(("in_lane_1", "beside"))
    }
