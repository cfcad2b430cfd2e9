"""The `site` of a scenario: which place, with which parameters."""

from __future__ import annotations

from dataclasses import dataclass

from simgen.errors import SimgenError, UserError
from simgen.models import Site, build_site, site_names
from simgen.scenario.distributions import Value
from simgen.scenario.draws import Draws
from simgen.scenario.families import defaults, read_site_parameters
from simgen.scenario.fields import Fields, single_entry
from simgen.scenario.scene import SiteSpec
from simgen.scenario.source import one_of


@dataclass(frozen=True)
class SitePlan:
    """A site family, values of its builder's keywords, and its place in the source, for messages."""

    name: str
    params: dict[str, Value]
    where: str

    def draw(self, draws: Draws) -> SiteSpec:
        """The site of one sample."""
        return SiteSpec(self.name, draws.family(self.params, f"site.{self.name}"))

    def build(self, spec: SiteSpec) -> Site:
        """The geometry of a drawn site.

        Raises:
            UserError: the family refuses these parameters.
        """
        try:
            return build_site(spec.name, spec.params)
        except (SimgenError, ValueError) as error:
            raise UserError(
                f"{self.where}: the site {spec.name} cannot be built with {spec.params}: {error}"
            ) from error


def read_site(root: Fields) -> tuple[SitePlan | None, Site | None]:
    """The site of a scenario, and an example of it (drawn parameters at defaults) for lanes and regions."""
    node = root.need("site", "{family: {parameters}}, one of: " + ", ".join(site_names()))
    entry = single_entry(root.reader, node, "'site'", "{family: {parameters}}") if node is not None else None
    if entry is None:
        return None, None
    name, body, mark = entry
    if name not in site_names():
        root.reader.problems.add(mark, f"no site is called {name!r}", one_of(name, site_names()))
        return None, None
    before = len(root.reader.problems)
    params = read_site_parameters(root.reader, body, name, mark)
    plan = SitePlan(name, params, str(mark))
    if len(root.reader.problems) > before:
        return plan, None
    try:
        return plan, plan.build(SiteSpec(name, defaults(params)))
    except UserError as error:
        root.reader.problems.add(mark, str(error).removeprefix(f"{mark}: "))
        return plan, None
