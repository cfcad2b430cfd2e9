"""Measures between footprints against geometry done by hand."""

from __future__ import annotations

import math

import pytest
from world_fakes import actor, flood, scene

from simgen.errors import UserError
from simgen.world import World
from simgen.world.measures import (
    Prints,
    gap_m,
    new_prints,
    new_trails,
    post_encroachment_s,
    remember,
    time_to_collision_s,
)


def prints(*rows: tuple[float, float, float, float, float], size: tuple[float, float] = (4.0, 2.0)) -> Prints:
    """Boxes of one size at (x, y, heading), moving along their heading at a speed and turning at a rate."""
    out = new_prints(len(rows))
    for k, (x, y, yaw, speed, turn) in enumerate(rows):
        out.place[k] = (x, y, math.cos(yaw), math.sin(yaw), 0.5 * size[0], 0.5 * size[1], 0.0, 1.5)
        out.velocity_mps[k] = (speed * math.cos(yaw), speed * math.sin(yaw))
        out.yaw_rate_radps[k] = turn
        out.reach_m[k] = 0.5 * math.hypot(*size)
    return out


def test_ttc_of_two_on_one_line_is_gap_over_closing_speed() -> None:
    assert time_to_collision_s(prints((0, 0, 0, 20, 0), (54, 0, 0, 10, 0)), 0, 1, 10.0) == pytest.approx(50 / 10)
    assert time_to_collision_s(prints((0, 0, 0, 20, 0), (54, 0, math.pi, 10, 0)), 0, 1, 10.0) == pytest.approx(50 / 30)


def test_ttc_is_infinite_where_paths_do_not_meet() -> None:
    assert time_to_collision_s(prints((0, 0, 0, 20, 0), (54, 2.01, 0, 10, 0)), 0, 1, 10.0) == math.inf
    assert time_to_collision_s(prints((0, 0, 0, 10, 0), (54, 0, 0, 20, 0)), 0, 1, 10.0) == math.inf
    above = prints((0, 0, 0, 20, 0), (54, 0, 0, 10, 0))
    above.place[1, 6:] = (2.0, 3.0)
    assert time_to_collision_s(above, 0, 1, 10.0) == math.inf


def test_ttc_at_a_right_angle_is_when_the_later_of_the_two_reaches_the_common_square() -> None:
    """A's front reaches B's swath after 50 - 1 - 2 m, B's front A's swath after 30 - 1 - 2 m; both stay 6 m in it."""
    crossing = prints((0, 0, 0, 10, 0), (50, -30, math.pi / 2, 5.5, 0))
    assert time_to_collision_s(crossing, 0, 1, 10.0) == pytest.approx(max(47 / 10, 27 / 5.5), rel=1e-9)
    assert time_to_collision_s(crossing, 1, 0, 10.0) == time_to_collision_s(crossing, 0, 1, 10.0)
    early = prints((0, 0, 0, 10, 0), (50, -30, math.pi / 2, 8.0, 0))
    assert 27 / 8.0 + 6 / 8.0 < 47 / 10  # gone before A comes
    assert time_to_collision_s(early, 0, 1, 10.0) == math.inf


def test_ttc_follows_arcs() -> None:
    """Abreast on concentric arcs, towards each other: straight on they would collide, along the bend they pass."""
    radius, speed = 60.0, 15.0
    ahead = 0.6  # rad along the bend
    a = (0.0, 0.0, 0.0, speed, speed / radius)
    other = radius + 3.5
    b = (other * math.sin(ahead), radius - other * math.cos(ahead), ahead + math.pi, speed, -speed / other)
    bend = prints(a, b)
    assert time_to_collision_s(bend, 0, 1, 3.0) == math.inf
    same = (radius * math.sin(ahead), radius - radius * math.cos(ahead), ahead + math.pi, speed, -speed / radius)
    met = time_to_collision_s(prints(a, same), 0, 1, 3.0)
    assert met == pytest.approx((radius * ahead - 4.0) / (2 * speed), abs=0.02)


def test_gap_is_the_distance_of_boxes() -> None:
    p = prints((0, 0, 0, 0, 0), (10, 0, 0, 0, 0), (5, 5, math.pi / 4, 0, 0), (0, 0, 0.3, 0, 0)).place
    assert gap_m(p[0], p[1]) == pytest.approx(6.0)
    u = (2 - 5 + 1 - 5) * math.sqrt(0.5)  # A's corner (2, 1) along B's axis: beyond its end by |u| - 2
    v = (1 - 5 - 2 + 5) * math.sqrt(0.5)  # and across it: within its half width
    assert abs(v) < 1.0
    assert gap_m(p[0], p[2]) == pytest.approx(abs(u) - 2.0)
    assert gap_m(p[0], p[3]) == 0.0
    above = p[1].copy()
    above[6:] = (4.5, 6.0)
    assert gap_m(p[0], above) == pytest.approx(math.hypot(6.0, 3.0))


@pytest.mark.parametrize("delay_s", [0.3, 0.8, 1.7])
def test_pet_is_the_time_between_leaving_and_arriving(delay_s: float) -> None:
    """The first leaves the square at x = +1 with its rear; the second's front reaches y = -1 `delay_s` later."""
    trails, hz = new_trails(2, 140), 60.0
    least = math.inf
    v1, v2 = 12.0, 9.0
    leaves_s = (1.0 + 2.0 + 20.0) / v1
    start_y = -1.0 - 2.0 - v2 * (leaves_s + delay_s)
    for k in range(260):
        t = k / hz
        now = prints((-20.0 + v1 * t, 0, 0, v1, 0), (0.0, start_y + v2 * t, math.pi / 2, v2, 0))
        remember(trails, now, k % 140, t)
        assert post_encroachment_s(trails, k % 140, now, 1, 0) == math.inf
        least = min(least, post_encroachment_s(trails, k % 140, now, 0, 1))
    assert least == pytest.approx(delay_s, abs=0.02)


def test_following_has_no_pet() -> None:
    trails = new_trails(2, 140)
    for k in range(140):
        now = prints((k / 6.0, 0, 0, 10, 0), (k / 6.0 - 8.0, 0, 0.1, 10, 0))
        remember(trails, now, k, k / 60.0)
    assert post_encroachment_s(trails, 139, now, 0, 1) == math.inf


def test_a_world_measures_its_actors_by_name() -> None:
    ego = actor("ego", "fake.car", 0.0, -1.75, speed_mps=15.0, behaviour="keep_speed")
    box = actor("box", "fake.box", 42.0, -1.75, roll_rad=0.0)
    with World(scene(ego, box)) as world:
        m = world.measures
        assert m.clearance_m("ego", "box") == pytest.approx(42.0 - 0.5 - 2.1, abs=1e-3)
        assert m.ttc_s("ego", "box") == pytest.approx((42.0 - 0.5 - 2.1) / 15.0, rel=0.02)
        assert m.distance_m("ego", "box") == pytest.approx(42.0 - 0.1, abs=0.01)
        assert m.speed_mps("ego") == pytest.approx(15.0)
        assert m.tilt_rad("box") == pytest.approx(0.0, abs=1e-6)
        assert m.submerged("box") == 0.0
        with pytest.raises(UserError, match="no actor 'van' to measure; the actors: ego, box"):
            m.ttc_s("ego", "van")
    with World(scene(actor("ego", "fake.car"), actor("box", "fake.box", 9.0, 0.0), conditions=flood(0.3))) as world:
        assert world.measures.submerged("box") == pytest.approx(0.1, rel=0.05)  # 100 kg, 1 m3: afloat
