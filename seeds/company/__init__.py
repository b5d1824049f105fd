"""The synthetic company: a demo organisation with known truth behind it, so that models can be proved wrong.

Here: what people, goals, reviews and plans look like and how they come about. Not here: loading, warehouse tables,
metrics, models. The pipeline never reads the truth.
"""

from seeds.company.company import Company, generate
from seeds.company.parameters import Parameters
from seeds.company.writing import write

__all__ = ["Company", "Parameters", "generate", "write"]
