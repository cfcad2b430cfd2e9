"""The catalogue of things and places: data and geometry, no physics client."""

from simgen.models.catalogue import build_model, build_site, model_choices, model_names, site_names
from simgen.models.mesh import LAMP_KINDS, PATTERNS, LampMount, Material, Mesh, Shape, Version
from simgen.models.model import DRIVEN, Model, ModelPart, VehicleSpec, Yielding
from simgen.models.site import HeightGrid, Lane, Region, Site, SitePart
from simgen.models.taxonomy import SemanticClass, class_by_name, classes

__all__ = [
    "DRIVEN",
    "LAMP_KINDS",
    "PATTERNS",
    "HeightGrid",
    "LampMount",
    "Lane",
    "Material",
    "Mesh",
    "Model",
    "ModelPart",
    "Region",
    "SemanticClass",
    "Shape",
    "Site",
    "SitePart",
    "VehicleSpec",
    "Version",
    "Yielding",
    "build_model",
    "build_site",
    "class_by_name",
    "classes",
    "model_choices",
    "model_names",
    "site_names",
]
