"""Settings: everything that a user may set, read from PLUMBLINE_* variables. A leaf: imports nothing of the project."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What can be set. Each field is a variable: `home` is PLUMBLINE_HOME, and so on."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_", extra="ignore")

    home: Path = Field(Path("data"), description="Where one company's files live: landing, warehouse, logs.")
    landing: Path | None = Field(None, description="Where source files are dropped. Default: landing in the home.")
    business_timezone: str = Field("UTC", description="The time zone in which a timestamp becomes a business day.")
    as_of: date | None = Field(
        None, description="The home's business day, for exports of a past time. Absent: today, or a synthetic company's last day."
    )
    settle_seconds: float = Field(2.0, ge=0, description="A file changed less than this ago may still be copied: looked at twice.")
    max_held_back_pct: float = Field(2.0, ge=0, le=100, description="A table with more of its records in quarantine stops the gate.")
    max_vanish_pct: float = Field(20.0, ge=0, le=100, description="A snapshot that lacks more of the known keys closes none.")
    batch_megabytes: int = Field(512, ge=1, description="Files of a table are loaded together up to this size.")
    threads: int = Field(2, ge=1, description="Threads that DuckDB and dbt use.")
    memory_limit: str = Field("", description="DuckDB's memory limit, such as 4GB. Empty: DuckDB's own default.")
    public_data: Path | None = Field(None, description="Folder of public data sets that some tests read. Absent: they skip.")

    @property
    def landing_folder(self) -> Path:
        """The folder that ingestion reads."""
        return self.landing or self.home / "landing"

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file of this home."""
        return self.home / "warehouse.duckdb"

    @property
    def lock_file(self) -> Path:
        """The file whose lock a run holds from start to end."""
        return self.home / "run.lock"

    @property
    def transform_folder(self) -> Path:
        """Where dbt writes its manifest, compiled models and log."""
        return self.home / "dbt"
