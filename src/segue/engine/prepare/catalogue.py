"""All that the stages of ranking know of the items, from a library."""

from __future__ import annotations

from segue.engine.prepare.crowds import make_crowds
from segue.engine.prepare.facts import make_facts
from segue.engine.prepare.moments import make_moments
from segue.engine.prepare.relations import make_relations
from segue.engine.prepare.space import make_space
from segue.features.groups import ItemFeatures
from segue.library.interactions import Interactions
from segue.library.library import Library
from segue.ranking.catalogue import Catalogue


def make_catalogue(library: Library, interactions: Interactions, features: ItemFeatures | None) -> Catalogue:
    """The catalogue of the items of some interactions, in their order."""
    facts = make_facts(library, interactions)
    space = make_space(interactions, features)
    return Catalogue(
        facts, space, make_relations(library, interactions, facts), make_crowds(library, interactions, space),
        make_moments(library, interactions, facts),
    )  # fmt: skip
