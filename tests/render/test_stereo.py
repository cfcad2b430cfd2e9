"""Two cameras side by side, exposed at the same tick: what one sees the other sees, shifted by f b / z."""

from __future__ import annotations

import math

import numpy as np
import pytest
import yaml
from small_stage import OVERCAST, Thing, camera_spec, floor, matt, pose, stage

from simgen.conditions import Conditions
from simgen.labels.capture import Rig
from simgen.models.geometry import box
from simgen.resources import scenarios_dir
from simgen.scenario import Scene, SiteSpec
from simgen.units import LENGTH, to_si


def shipped_baseline_m():
    """Between the cameras of the shipped stereo rig."""
    rig = yaml.safe_load((scenarios_dir() / "lib/rigs/stereo.yaml").read_text(encoding="utf-8"))
    left, right = (rig["sensors"][side]["mount"]["at"][1] for side in ("left", "right"))
    return to_si(left, LENGTH) - to_si(right, LENGTH)


def test_disparity_is_the_focal_length_times_the_baseline_over_the_depth():
    baseline_m = shipped_baseline_m()
    assert baseline_m == pytest.approx(0.12)
    places = [(2.0, -0.8), (3.0, 0.5), (4.5, -1.4), (6.0, 1.2), (8.0, 0.0)]
    posts = [
        Thing(box((0.3, 0.3, 2.0), matt(0.1 + 0.15 * k), (0.0, 0.0, 1.0)), pose((x, y, 0.0), (0, 0, 0.3 * k)), k + 1)
        for k, (x, y) in enumerate(places)
    ]
    snapshot = stage([Thing(floor()), *posts], Conditions(light=OVERCAST))
    pair = [
        camera_spec(name, width=320, height=240, hfov_rad=math.radians(80.0), offset_m=(0.0, y, 1.0), antialias=1)
        for name, y in (("left", 0.5 * baseline_m), ("right", -0.5 * baseline_m))
    ]
    scene = Scene("test/stereo", "0", 1, 2, SiteSpec("none"), (), snapshot.conditions, tuple(pair), 1.0)
    rig = Rig(scene, snapshot.cast)
    left, right = (rig.capture(c.name, snapshot) for c in pair)
    assert (left.tick, left.time_s) == (right.tick, right.time_s)
    assert np.array_equal(left.K, right.K)
    v, u = np.nonzero(np.isfinite(left.depth_m))
    depth_m = left.depth_m[v, u]
    shifted = u - left.K[0, 0] * baseline_m / depth_m
    whole = np.rint(shifted).astype(int)
    near = (np.abs(shifted - whole) < 0.1) & (whole >= 0)
    v, u, depth_m, whole = v[near], u[near], depth_m[near], whole[near]
    assert len(v) > 3000
    assert (u - whole).max() > 5  # the nearest post is shifted by far more than a pixel
    same = (right.instance[v, whole] == left.instance[v, u]) & (np.abs(right.depth_m[v, whole] / depth_m - 1.0) < 0.02)
    assert same.mean() > 0.9  # the rest is hidden from one of the two, or lies at an edge
    exact = same & (left.instance[v, u] > 0)
    assert set(left.instance[v, u][exact]) >= {1, 2, 3, 5}  # of the fourth no pixel is shifted by whole pixels
    # A row of ground has one depth, so that its disparity is exact: by triangulation the depth comes back.
    triangulated = left.K[0, 0] * baseline_m / (u - whole)[exact & (u > whole)]
    assert np.median(np.abs(triangulated / depth_m[exact & (u > whole)] - 1.0)) < 0.02
