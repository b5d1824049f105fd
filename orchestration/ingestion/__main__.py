"""Loading alone, without models: `python -m orchestration.ingestion HOME`, for the bench and for looking into a load."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from orchestration.clock import set_clock, zone
from orchestration.contracts import load_contracts
from orchestration.ingestion import landing
from orchestration.ingestion.load import Loader
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse, run_lock


def main(home: Path) -> None:
    """Load the home's landing folder."""
    settings, contracts = Settings(home=home), load_contracts()
    now = datetime.now(UTC).replace(tzinfo=None)
    found = landing.look(
        settings.landing_folder, set(contracts), settle_seconds=settings.settle_seconds, day_begins_in=zone(settings.business_timezone)
    )
    with run_lock(settings), open_warehouse(settings, contracts) as connection:
        set_clock(connection, settings, None, None, now)
        Loader(connection, contracts, settings, found, f"{now:%Y%m%dT%H%M%S%f}", now).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
