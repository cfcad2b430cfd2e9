"""A thousand episodes leave nothing behind."""

from __future__ import annotations

import gc
import os
import resource

import pytest

from simgen.env import EmergencyBrake, SceneEnv

pytestmark = pytest.mark.soak


def resident_mb() -> float:
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1e6


def handles() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_thousand_resets_keep_memory_and_handles() -> None:
    env = SceneEnv(task=EmergencyBrake)
    for _ in range(150):
        env.reset(seed=None)
        env.step(env.expert_action())
    warm_mb, warm_handles = resident_mb(), handles()
    for _ in range(1000):
        env.reset()
        env.step(env.expert_action())
    assert handles() <= warm_handles
    assert resident_mb() - warm_mb < 30.0
    env.close()
