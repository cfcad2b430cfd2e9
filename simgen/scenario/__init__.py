"""YAML text -> Scenario -> Scene. Light to import: no physics client, no compiler."""

from simgen.scenario.scenario import Scenario, list_scenarios
from simgen.scenario.scene import LABELS, ActorSpec, CameraSpec, Scene, SiteSpec

__all__ = ["LABELS", "ActorSpec", "CameraSpec", "Scenario", "Scene", "SiteSpec", "list_scenarios"]
