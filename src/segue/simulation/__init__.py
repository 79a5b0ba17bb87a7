"""Simulated listeners: what weeks of recommendations do to people whose taste is known, because it is invented."""

from segue.simulation.course import simulate
from segue.simulation.policies import POLICIES, Policy
from segue.simulation.results import Simulation

__all__ = ["POLICIES", "Policy", "Simulation", "simulate"]
