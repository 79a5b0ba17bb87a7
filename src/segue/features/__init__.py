"""Items as vectors: what is known of an item besides who plays it."""

from segue.features.groups import FeatureGroup, ItemFeatures
from segue.features.table import item_features

__all__ = ["FeatureGroup", "ItemFeatures", "item_features"]
