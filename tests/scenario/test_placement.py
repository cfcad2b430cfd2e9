"""Places: nobody stands inside another, by a test of overlap of its own; refusals name who, where and how often."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simgen.errors import PlacementError
from simgen.models import build_model, build_site
from simgen.scenario import ActorSpec, Scenario
from simgen.scenario.footprint import Footprint, obstacles, rotation, tumbled

Read = Callable[[str], Scenario]
With = Callable[[str], str]


def corners(f: Footprint) -> np.ndarray:
    c, s = math.cos(f.yaw_rad), math.sin(f.yaw_rad)
    local = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * [f.half_length_m, f.half_width_m]
    return local @ np.array([[c, s], [-s, c]]) + [f.x_m, f.y_m]


def clip_area(subject: np.ndarray, clip: np.ndarray) -> float:
    """Area of the intersection of two convex polygons (Sutherland-Hodgman): an oracle apart from axes."""
    polygon = [tuple(p) for p in subject]
    for a, b in zip(clip, np.roll(clip, -1, axis=0), strict=True):
        out = []
        for p, q in zip(polygon, polygon[1:] + polygon[:1], strict=True):
            sp = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
            sq = (b[0] - a[0]) * (q[1] - a[1]) - (b[1] - a[1]) * (q[0] - a[0])
            if sp >= 0:
                out.append(p)
            if sp * sq < 0:
                t = sp / (sp - sq)
                out.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
        polygon = out
        if not polygon:
            return 0.0
    x, y = np.array(polygon).T
    return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))


boxes = st.builds(
    Footprint,
    st.floats(-3, 3),
    st.floats(-3, 3),
    st.floats(-math.pi, math.pi),
    st.floats(0.1, 3),
    st.floats(0.1, 2),
    st.just(0.0),
    st.just(1.0),
)


@given(boxes, boxes)
def test_rectangles_meet_exactly_when_they_share_area(a: Footprint, b: Footprint) -> None:
    area = clip_area(corners(a), corners(b))
    if area > 1e-9:
        assert a.meets(b)
        assert b.meets(a)
    elif not a.meets(b, 1e-6):
        assert area == 0.0
    assert a.meets(b) == b.meets(a)


def test_heights_keep_things_apart() -> None:
    low, high = Footprint(0, 0, 0, 1, 1, 0.0, 1.0), Footprint(0, 0, 0.3, 1, 1, 1.0, 2.0)
    assert not low.meets(high)
    assert low.meets(Footprint(0, 0, 0.3, 1, 1, 0.5, 2.0))


def test_a_gap_keeps_a_distance() -> None:
    a, b = Footprint(0, 0, 0, 1, 1, 0, 1), Footprint(2.5, 0, 0, 1, 1, 0, 1)
    assert not a.meets(b)
    assert not a.meets(b, 0.49)
    assert a.meets(b, 0.51)


def footprint(actor: ActorSpec) -> np.ndarray:
    """Corners of an actor's box on the ground, by its model alone."""
    model = build_model(actor.model, actor.params)
    half = 0.5 * np.array(model.size_m)
    signs = np.array(list(itertools.product((-1, 1), repeat=3)))
    turn = np.array(rotation(actor.yaw_rad, actor.pitch_rad, actor.roll_rad))
    return (np.array(model.box_center_m) + signs * half) @ turn.T + actor.position_m


def flat(actor: ActorSpec) -> np.ndarray:
    model = build_model(actor.model, actor.params)
    c, s = math.cos(actor.yaw_rad), math.sin(actor.yaw_rad)
    middle = np.array(model.box_center_m[:2]) @ np.array([[c, s], [-s, c]]) + actor.position_m[:2]
    return corners(Footprint(*middle, actor.yaw_rad, model.size_m[0] / 2, model.size_m[1] / 2, 0, 1))


def test_a_crowded_region_holds_no_overlap_and_stays_inside(of: Read, with_actor: With) -> None:
    scenario = of(with_actor("crowd: {model: toy, count: 40, place: {in: verge, facing: any}}"))
    for k in range(6):
        actors = scenario.draw(1, k).actors
        assert len(actors) == 41
        outlines = [flat(a) for a in actors]
        for a, b in itertools.combinations(outlines, 2):
            assert clip_area(a, b) == pytest.approx(0.0, abs=1e-9)
        crowd = np.concatenate(outlines[1:])
        assert crowd[:, 1].min() >= -10.0 - 1e-9
        assert crowd[:, 1].max() <= -6.0 + 1e-9
        post = corners(Footprint(30.0, -8.0, 0.0, 0.2, 0.2, 0, 4))
        assert all(clip_area(o, post) == 0.0 for o in outlines)


def test_min_gap_is_kept(of: Read, with_actor: With) -> None:
    scenario = of(with_actor("crowd: {model: toy.walker, count: 12, place: {in: verge, facing: 0 deg, min_gap: 2 m}}"))
    xy = np.array([a.position_m[:2] for a in scenario.draw(1, 0).actors[1:]])
    for a, b in itertools.combinations(xy, 2):
        assert max(abs(a[0] - b[0]) - 0.4, abs(a[1] - b[1]) - 0.5) >= 2.0 - 1e-9


def test_things_spread_evenly_over_a_region(of: Read, with_actor: With) -> None:
    scenario = of(with_actor("a: {model: toy.block, params: {length: 1 cm, width: 1 cm}, place: {in: verge}}"))
    xs = np.array([scenario.draw(1, k).actors[1].position_m[0] for k in range(300)])
    counts, _ = np.histogram(xs, bins=8, range=(-40.0, 160.0))
    assert ((counts - 37.5) ** 2 / 37.5).sum() < 24.3  # chi-squared, 7 degrees of freedom, p = 0.001


def test_a_lower_thing_may_lie_under_a_dropped_one(of: Read, with_actor: With) -> None:
    lines = (
        "a: {model: toy.block, place: {at: [60 m, 8 m]}}\nb: {model: toy.block, place: {at: [60 m, 8 m], drop: 0.6 m}}"
    )
    _, a, b = of(with_actor(lines)).draw(0, 0).actors
    assert (a.position_m[2], b.position_m[2]) == (0.0, 0.6)


def test_a_tumbled_thing_hangs_its_lowest_corner_at_the_drop(of: Read, with_actor: With) -> None:
    scenario = of(with_actor("a: {model: toy.block, place: {at: [80 m, 0 m], drop: 0.5 m, facing: any, tumble: true}}"))
    turns = []
    for k in range(200):
        actor = scenario.draw(0, k).actors[1]
        assert footprint(actor)[:, 2].min() == pytest.approx(-1.0 + 0.5, abs=1e-12)  # the dip's floor is at -1 m
        turns.append(rotation(actor.yaw_rad, actor.pitch_rad, actor.roll_rad))
    # Uniform rotations: every entry of the matrix has mean 0 and mean square 1/3.
    r = np.array(turns)
    assert np.abs(r.mean(axis=0)).max() < 4.0 * math.sqrt(1 / 3 / 200)
    assert np.abs((r**2).mean(axis=0) - 1 / 3).max() < 4.0 * math.sqrt(4 / 45 / 200)


def test_the_footprint_of_a_tumbled_thing_holds_all_of_it() -> None:
    model = build_model("toy.block", {"length_m": 2.0})
    turn = rotation(0.3, 0.5, -1.1)
    print_, z = tumbled(model, 5.0, 6.0, 1.0, turn)
    actor = ActorSpec("a", "toy.block", (5.0, 6.0, z), 0.3, 0.5, -1.1, {"length_m": 2.0})
    points = footprint(actor)
    assert points.min(axis=0) == pytest.approx(
        [print_.x_m - print_.half_length_m, print_.y_m - print_.half_width_m, 1.0]
    )
    assert points.max(axis=0)[2] == pytest.approx(print_.high_m)


def test_rows_step_from_one_to_the_next(of: Read, with_actor: With) -> None:
    lines = (
        "a: {model: toy.block, count: 4, place: {at: [50 m, 8 m], step: [3 m, -0.5 m]}}\n"
        "b: {model: toy.block, count: 3, place: {lane: oncoming.0, s: 10 m, step: 5 m, offset: 1 m}}"
    )
    actors = {a.name: a.position_m[:2] for a in of(with_actor(lines)).draw(0, 0).actors}
    assert [actors[f"a[{k}]"] for k in range(4)] == [(50.0, 8.0), (53.0, 7.5), (56.0, 7.0), (59.0, 6.5)]
    assert [actors[f"b[{k}]"] for k in range(3)] == [pytest.approx((x, 0.75)) for x in (150.0, 145.0, 140.0)]


def test_ahead_of_an_actor_out_of_any_lane_is_along_its_heading(of: Read, with_actor: With) -> None:
    lines = (
        "a: {model: toy.car, place: {at: [60 m, 8 m], facing: 90 deg}}\n"
        "b: {model: toy.block, place: {ahead_of: a, by: -4 m, offset: 2 m, facing: 10 deg}}"
    )
    b = of(with_actor(lines)).draw(0, 0).actors[2]
    assert b.position_m[:2] == pytest.approx((58.0, 4.0))
    assert b.yaw_rad == pytest.approx(math.radians(100.0))


def test_a_place_ahead_of_someone_absent_is_where_it_would_be(of: Read, with_actor: With) -> None:
    lines = (
        "b: {model: toy.block, place: {ahead_of: a, by: 5 m}}\n"
        "a: {model: toy.car, include: {bernoulli: 0}, place: {lane: main.0, s: 90 m}}\n"
        "c: {model: toy.car, place: {lane: main.0, s: 89 m}}"
    )
    actors = {x.name: x.position_m[0] for x in of(with_actor(lines)).draw(0, 0).actors}
    assert actors == {"ego": 0.0, "b": pytest.approx(55.0), "c": pytest.approx(49.0)}


REFUSALS = [
    (
        "b: {model: toy.car, place: {lane: main.0, s: 41 m}}",
        "in lane 'main.0': its place is not free, and it is fixed: it would overlap 'ego' (1 of 1)",
    ),
    (
        "b: {model: toy.car, place: {lane: main.0, s: {uniform: [38 m, 42 m]}}}",
        "no free place in 300 tries: it would overlap 'ego' (300 of 300)",
    ),
    (
        "b: {model: toy.car, place: {in: closet}}",
        "in region 'closet': no free place in 300 tries: it does not fit into the region there (300 of 300)",
    ),
    ("b: {model: toy.block, count: 9, place: {in: closet}}", "no free place in 300 tries: it"),
    (
        "b: {model: toy.block, place: {lane: main.0, s: 400 m}}",
        "it would lie outside the site (1 of 1)",
    ),
    ("b: {model: toy.block, place: {at: [30 m, -8 m]}}", "it would stand in the site's 'post' (1 of 1)"),
    ("b: {model: toy.block, place: {lane: main.0, s: 43.2 m, min_gap: 1 m}}", "too close to 'ego' (1 of 1)"),
]


@pytest.mark.parametrize(("lines", "message"), REFUSALS)
def test_a_refusal_names_actor_place_and_tries(of: Read, with_actor: With, lines: str, message: str) -> None:
    scenario = of(with_actor(lines))
    with pytest.raises(PlacementError) as caught:
        scenario.draw(0, 0)
    text = str(caught.value)
    assert text.startswith("t.yaml:6:")
    assert "the actor 'b" in text
    assert message in text
    tried = "Give it more room: a wider range" if "300 of 300" in text or "tries: it" in text else "Move it, or what is"
    remedy = "Move it into the site, or" if "outside the site" in text else tried
    assert f". {remedy}" in text


def test_a_trailer_without_room_is_told_to_move_its_tractor() -> None:
    scenario = Scenario.from_text(
        "simgen: 1\nid: t\ndescription: A tractor with its trailer behind a parked car.\n"
        "site: {road.straight: {length: 300 m}}\n"
        "actors:\n"
        "  ego: {model: car.sedan, place: {lane: main.0, s: 20 m}}\n"
        "  car: {model: car.sedan, place: {lane: main.0, s: 90 m}}\n"
        "  rig: {model: truck.tractor, place: {lane: main.0, s: 100 m}}\n"
        "  box: {model: trailer.box, place: {towed_by: rig}}\n"
        "sensors: {front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen}}\n"
        "rate: 10 Hz\nduration: 1 s\n",
        "t.yaml",
    )
    with pytest.raises(PlacementError, match=r"it would overlap 'car'.*move 'rig' to where both have room"):
        scenario.draw(0, 0)


def test_shapes_of_a_site_become_footprints() -> None:
    (name, post), *rest = obstacles(build_site("toy.road"))
    assert (name, rest) == ("post", [])
    assert (post.x_m, post.y_m, post.half_length_m, post.half_width_m) == (30.0, -8.0, 0.2, 0.2)
    assert (post.low_m, post.high_m) == (0.0, 4.0)
