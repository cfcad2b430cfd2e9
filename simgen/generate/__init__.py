"""From a plan to a dataset: simulate scenes, spread them over processes, resume and extend."""

from simgen.generate.bulk import QUARANTINE_EXIT_CODE, Progress, Report, render, usable_cores
from simgen.generate.plan import RENDERERS, Estimate, ScenarioLike, estimate_bytes
from simgen.generate.simulate import Simulate, frame_ticks, frames_of, simulate, still

__all__ = [
    "QUARANTINE_EXIT_CODE",
    "RENDERERS",
    "Estimate",
    "Progress",
    "Report",
    "ScenarioLike",
    "Simulate",
    "estimate_bytes",
    "frame_ticks",
    "frames_of",
    "render",
    "simulate",
    "still",
    "usable_cores",
]
