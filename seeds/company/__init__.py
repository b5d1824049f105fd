"""The synthetic company: a demo organisation with known truth behind it, so that models can be proved wrong.

`history` is what happens; each package beside it makes the tables of an area of it. Not here: loading, warehouse tables,
metrics, models. The pipeline never reads the truth.
"""

from seeds.company.company import Company, generate, make
from seeds.company.parameters import Parameters
from seeds.company.writing import write

__all__ = ["Company", "Parameters", "generate", "make", "write"]
