"""All tests. They run beside each other, so each keeps to one thread: on few rows a second one is only in the way.

The libraries read this when they are imported, before any of which this package is.
"""

import os

for threads in ("PLUMBLINE_THREADS", "POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
