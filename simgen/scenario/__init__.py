"""YAML text -> Scenario -> Scene. Light to import: no physics client, no compiler."""

from simgen.scenario.factors import Factor
from simgen.scenario.library import list_scenarios
from simgen.scenario.scenario import Scenario
from simgen.scenario.scene import LABELS, ActorSpec, CameraSpec, Sampling, Scene, SiteSpec, Variant
from simgen.scenario.selection import Selection

__all__ = [
    "LABELS",
    "ActorSpec",
    "CameraSpec",
    "Factor",
    "Sampling",
    "Scenario",
    "Scene",
    "Selection",
    "SiteSpec",
    "Variant",
    "list_scenarios",
]
