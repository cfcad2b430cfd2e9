"""Motion blur against closed forms: length of a streak, box and trapezoid profiles, who hides whom."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from small_stage import EYE, GREY, Thing, floor, pose, stage

from simgen.models.geometry import box
from simgen.sensors.motion import motion_blurred, moved_back

WIDTH, HEIGHT = 300, 60


def field(flow_u, flow_v=0.0):
    out = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    out[..., 0], out[..., 1] = flow_u, flow_v
    return out


def picture(level=0.0):
    return np.full((HEIGHT, WIDTH, 3), level, np.float32)


def depth(level=50.0):
    return np.full((HEIGHT, WIDTH), level, np.float32)


def test_a_lamp_becomes_a_streak_of_f_v_t_over_z():
    """f 1000 px, 20 m/s across, 1/30 s, 10 m: 66.67 px (10 frames a second, so 200 px of flow); its light is kept."""
    flow = 1000.0 * 20.0 * 0.1 / 10.0
    scene = picture()
    scene[30, 150] = 90.0
    seen = motion_blurred(scene, depth(), field(-flow), (1.0 / 30.0) / 0.1)[..., 0]
    lit = np.nonzero(seen[30] > 0.0)[0]
    assert len(lit) == pytest.approx(66.67, abs=1.0)
    assert 0.5 * (lit[0] + lit[-1]) == pytest.approx(150.0, abs=0.6)  # centred on the moment of the frame
    assert seen[30].sum() == pytest.approx(90.0, rel=0.02)
    assert seen[29].max() == seen[31].max() == 0.0


@pytest.mark.parametrize("length", [4.0, 15.0, 31.0])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_moving_picture_is_the_running_mean_along_the_motion(length, sign):
    scene = np.random.default_rng(3).random((HEIGHT, WIDTH, 3)).astype(np.float32)
    seen = motion_blurred(scene, depth(), field(sign * length * 4.0), 0.25)
    # length + 1 moments of equal weight, one at each pixel but for the two ends of the streak
    taps = (np.arange(length + 1.0) + 0.5) / (length + 1.0) - 0.5
    shifts = np.floor(taps * length + 0.5).astype(int)
    assert set(np.diff(shifts)) <= {0, 1}
    expected = np.mean([np.roll(scene, k, axis=1) for k in shifts], axis=0)
    inner = np.s_[:, 40:-40]
    assert seen[inner] == pytest.approx(expected[inner], abs=0.08 / length**0.5 + 1e-6)
    assert seen[inner].mean() == pytest.approx(scene[inner].mean(), abs=0.01)


def moving_bar(bar_depth, ground_depth, length=20.0):
    """A bright bar, 60 px wide, that moves over a dim ground that does not."""
    scene, z, flow = picture(1.0), depth(ground_depth), field(0.0)
    scene[:, 120:180], z[:, 120:180], flow[:, 120:180, 0] = 5.0, bar_depth, -2.0 * length
    return motion_blurred(scene, z, flow, 0.5)[30, :, 0]


def test_a_thing_that_moves_before_still_ground_has_soft_edges():
    """A trapezoid: half of the way at the edge, ramps as long as the streak, full in the middle, ground untouched."""
    seen = moving_bar(10.0, 50.0)
    x = np.arange(WIDTH)
    covered = np.clip((20.0 / 2 + np.minimum(x - 119.5, 179.5 - x)) / 20.0, 0.0, 1.0)
    assert seen == pytest.approx(1.0 + 4.0 * covered, abs=0.25)
    assert np.all(seen[:105] == 1.0)
    assert np.all(seen[135:165] == 5.0)
    assert seen.sum() == pytest.approx(WIDTH + 4.0 * 60.0, rel=0.01)


def test_what_stands_before_a_moving_thing_stays_sharp():
    """A gap of 60 px in a still fence, through which a far thing moves: nothing of it gets onto the fence."""
    seen = moving_bar(50.0, 10.0)
    assert np.all(seen[:120] == 1.0)
    assert np.all(seen[180:] == 1.0)
    assert np.all(seen[120:180] == 5.0)


def test_nothing_moves_nothing_changes():
    scene = np.random.default_rng(3).random((HEIGHT, WIDTH, 3)).astype(np.float32)
    assert np.array_equal(motion_blurred(scene, depth(), field(0.0), 0.5), scene)
    assert np.array_equal(motion_blurred(scene, depth(), field(np.nan), 0.5), scene)
    assert np.array_equal(motion_blurred(scene, depth(), field(40.0), 0.0), scene)
    sky = depth(np.inf)
    assert not np.array_equal(motion_blurred(scene, sky, field(40.0), 0.5), scene)


def test_streaks_end_at_eighty_pixels():
    scene = picture()
    scene[30, 150] = 90.0
    seen = motion_blurred(scene, depth(), field(1000.0), 1.0)[30, :, 0]
    assert np.count_nonzero(seen) == pytest.approx(80, abs=2)


def test_where_things_were_before_the_first_frame():
    """A box that moves at 10 m/s and turns at 1 rad/s about its middle, a tenth of a second before."""
    thing = Thing(box((2.0, 1.0, 1.0), GREY, (0.0, 0.0, 0.5)), pose((6.0, 0.5, 0.0)), 1, "car")
    snapshot = stage([Thing(floor()), thing])
    now = dataclasses.replace(
        snapshot, velocity_mps=np.array([[10.0, 0.0, 0.0]]), angular_velocity_radps=np.array([[0.0, 0.0, 1.0]])
    )
    earlier = moved_back(now, 0.1)
    expected = pose((5.0, 0.5, 0.0), (0.0, 0.0, -0.1))
    assert earlier.T_world_object[0] == pytest.approx(expected, abs=1e-12)
    assert earlier.T_world_part[1] == pytest.approx(expected, abs=1e-12)
    assert np.array_equal(earlier.T_world_part[0], EYE)
    still = moved_back(snapshot, 0.1)
    assert np.array_equal(still.T_world_part, snapshot.T_world_part)
    assert math.isclose(earlier.time_s, now.time_s)
