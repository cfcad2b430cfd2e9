"""Model families: importing this package registers them."""

from simgen.models.families import (  # noqa: F401  (importing registers)
    animals,
    boar,
    cyclists,
    debris,
    people,
    racking,
    road_things,
    robots,
    rocks,
    vehicles,
    warehouse_things,
)
