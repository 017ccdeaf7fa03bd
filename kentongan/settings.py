"""What comes from the environment: secrets and addresses only. Everything else is in config/."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kentongan.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Addresses and folders of one installation."""

    var: Path  # everything that is written: databases, pepper, Airflow, digests
    database: Path  # embedded SQLite file
    database_named: bool = False  # on the command line: what we tell people to type must name it, too
    config: Path  # folder with agencies/, sources/, rules.yml, ...
    elasticsearch_url: str = ""  # set: mentions live in Elasticsearch
    elasticsearch_api_key: str = ""
    elasticsearch_prefix: str = "kentongan"
    kibana_url: str = ""  # where analysts look: dashboards are put there, alerts and digest link to it
    kibana_api_key: str = ""
    heartbeat_url: str = ""  # requested after each detection: an outside watchdog that raises the alarm when it hears nothing
    users: str = ""  # who signs in to Airflow's pages, `name:role,...`; unset: admin
    console_url: str = ""  # where the console is reached by officers: alerts link to it
    state_url: str = ""  # set: state lives there, e.g. postgresql+psycopg://...
    slack_bot_token: str = ""
    slack_base_url: str = ""  # default: Slack's own
    slack_app_token: str = ""  # xapp-...: buttons through Socket Mode
    slack_signing_secret: str = ""  # buttons through a signed HTTP endpoint
    secrets: Mapping[str, str] | None = None  # every environment variable, for listeners' cards to pick from


def packaged_config() -> Path:
    """The config folder that belongs to this code: the checkout's, or the one inside an installed wheel."""
    here = Path(__file__).resolve().parent
    checkout = here.parent / "config"
    return checkout if (checkout / "rules.yml").is_file() else here / "_config"


def read_settings(environment: Mapping[str, str] | None = None, *, database: Path | None = None) -> Settings:
    """Settings from the environment; KENTONGAN_VAR, KENTONGAN_CONFIG and KENTONGAN_DB name folders and the database file.

    Raises ConfigError when KENTONGAN_CONFIG names no folder.
    """
    env = os.environ if environment is None else environment
    var = Path(env.get("KENTONGAN_VAR") or "var").absolute()
    config = Path(env.get("KENTONGAN_CONFIG") or packaged_config()).absolute()
    if not config.is_dir():
        raise ConfigError(f"KENTONGAN_CONFIG: {config} is not a folder; name the one that holds agencies/ and sources/")
    return Settings(
        var=var,
        database_named=database is not None,
        database=(database or Path(env.get("KENTONGAN_DB") or var / "kentongan.db")).absolute(),
        config=config,
        elasticsearch_url=env.get("ELASTICSEARCH_URL", ""),
        elasticsearch_api_key=env.get("ELASTICSEARCH_API_KEY", ""),
        elasticsearch_prefix=env.get("KENTONGAN_ELASTIC_PREFIX") or "kentongan",
        kibana_url=env.get("KENTONGAN_KIBANA_URL", ""),
        heartbeat_url=env.get("KENTONGAN_HEARTBEAT_URL", ""),
        console_url=env.get("KENTONGAN_CONSOLE_URL", ""),
        users=env.get("KENTONGAN_USERS", ""),
        kibana_api_key=env.get("KENTONGAN_KIBANA_API_KEY", ""),
        state_url=env.get("KENTONGAN_STATE_URL", ""),
        slack_bot_token=env.get("SLACK_BOT_TOKEN", ""),
        slack_base_url=env.get("SLACK_BASE_URL", ""),
        slack_app_token=env.get("SLACK_APP_TOKEN", ""),
        slack_signing_secret=env.get("SLACK_SIGNING_SECRET", ""),
        secrets=dict(env),
    )
