"""A generated company described: figures beside published ones, charts, and every setting, on one page that needs nothing else.

Not here: making the company, loading it.
"""

from seeds.company.report.marginals import Marginal, marginals
from seeds.company.report.page import write_html
from seeds.company.report.reading import Source, read
from seeds.company.report.report import Report, describe

__all__ = ["Marginal", "Report", "Source", "describe", "marginals", "read", "write_html"]
