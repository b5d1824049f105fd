"""Contract violations planted in a company's tables, each listed in truth/dirt.parquet.

`Dirtied` stands between an area and where its rows go. Not here: how a clean company comes about, and the loading that must
find the dirt.
"""

from seeds.company.dirt.planting import Dirtied

__all__ = ["Dirtied"]
