"""Settings: everything that a user may set, read from PLUMBLINE_* variables. A leaf: imports nothing of the project."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

# Names in the published folder, for those who write it and those who read it
CURRENT, STATUS, STATUS_FORMAT = "CURRENT", "status.json", 1
SNAPSHOT_ID = re.compile(r"\d{8}T\d{12}")

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
    keep_snapshots: int = Field(10, ge=1, description="How many published snapshots are kept; the one that is read is always among them.")
    stale_after_hours: float = Field(
        36.0, gt=0, description="Without a good run for longer, pages and Dagster say that the numbers are stale."
    )
    daily_at: str = Field(
        "06:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="When the daily run starts, in the business time zone."
    )
    look_every_seconds: int = Field(30, ge=5, description="How often the landing sensor looks for settled files.")
    dashboard_port: int = Field(8501, ge=1, le=65535, description="Port of the dashboards, on 127.0.0.1.")
    dagster_port: int = Field(3000, ge=1, le=65535, description="Port of Dagster's pages, on 127.0.0.1.")
    development_mode: bool = Field(
        False, description="Dashboards without login: whoever opens them chooses a role. Never for real people's data."
    )
    alert_webhook: SecretStr | None = Field(None, description="Address that is sent a JSON message when a run fails or a gate refuses.")
    alert_email_to: str | None = Field(None, description="Who is sent an e-mail then; several with commas.")
    alert_email_from: str = Field("plumbline@example.invalid", description="Sender of those e-mails.")
    smtp_host: str = Field("127.0.0.1", description="Mail server for alerts.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Its port.")
    smtp_starttls: bool = Field(False, description="Whether the connection to it is encrypted with STARTTLS; required for a password.")
    smtp_user: str | None = Field(None, description="User at the mail server, where it asks for one.")
    smtp_password: SecretStr | None = Field(None, description="That user's password.")
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

    @property
    def published_folder(self) -> Path:
        """Snapshots that people read, CURRENT which names one of them, and status.json."""
        return self.home / "published"

    @property
    def dagster_folder(self) -> Path:
        """Dagster's instance: the history of runs."""
        return self.home / "dagster"

    @property
    def logs_folder(self) -> Path:
        """Rotated logs, one JSON object a line, without personal data."""
        return self.home / "logs"
