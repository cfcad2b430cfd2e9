"""Model families: importing this package registers them."""

from simgen.models.families import (  # noqa: F401  (importing registers)
    animals,
    arms,
    boar,
    cyclists,
    debris,
    domestic,
    motorcycles,
    own_mesh,
    people,
    quadrupeds,
    racking,
    road_things,
    robots,
    rocks,
    storm_debris,
    street_things,
    tabletop,
    vehicles,
    warehouse_things,
    wind_litter,
)
