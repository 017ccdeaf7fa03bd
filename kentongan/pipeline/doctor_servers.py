"""The optional servers, asked whether they answer: a greeting each, nothing is made or changed."""

from __future__ import annotations

import logging
from collections.abc import Callable

from kentongan.errors import KentonganError, StoreError
from kentongan.findings import Finding
from kentongan.settings import Settings
from kentongan.words import number, say


def _asked(name: str, ask: Callable[[], str], next_step: str) -> Finding:
    try:
        return Finding(name=name, state="ok", what=ask())
    except KentonganError as exc:
        return Finding(name=name, state="missing", what=str(exc), next_step=next_step)


def elasticsearch(settings: Settings) -> Finding:
    """Whether the Elasticsearch that is set answers."""
    if not settings.elasticsearch_url:
        what = say("Elasticsearch tidak dipakai; sebutan disimpan dalam SQLite", "Elasticsearch is not used; mentions live in SQLite")
        return Finding(name="elasticsearch", state="off", what=what, next_step="ELASTICSEARCH_URL=https://...")

    def ask() -> str:
        from elasticsearch import AuthorizationException

        from kentongan.store.elastic_client import Connection

        logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # the finding says it
        connection = Connection(settings.elasticsearch_url, settings.elasticsearch_api_key)
        with connection.client() as client:
            asked = client.options(request_timeout=10, max_retries=0)
            try:
                return f"Elasticsearch {asked.info()['version']['number']} ({connection.place})"
            except AuthorizationException:  # a writer's key may not ask for the version; what it is for, it may
                count = asked.count(index=f"{settings.elasticsearch_prefix}-mentions")["count"]
                return f"Elasticsearch ({connection.place}), {number(count)} {say('sebutan', 'mentions')}"

    return _asked(
        "elasticsearch", ask, say("periksa ELASTICSEARCH_URL dan ELASTICSEARCH_API_KEY", "check ELASTICSEARCH_URL and ELASTICSEARCH_API_KEY")
    )


def state_database(settings: Settings) -> Finding:
    """Whether the database of the state that is set answers."""
    if not settings.state_url:
        what = say(f"keadaan disimpan dalam {settings.database}", f"state lives in {settings.database}")
        return Finding(name="state", state="off", what=what, next_step="KENTONGAN_STATE_URL=postgresql+psycopg://...")

    def ask() -> str:
        from sqlalchemy.exc import SQLAlchemyError

        from kentongan.store.state_address import Address, open_engine

        address = Address(settings.state_url)
        engine = open_engine(address, busy_s=5)
        try:
            with engine.connect():
                return address.shown
        except SQLAlchemyError as exc:
            raise StoreError(f"{address.shown}: {getattr(exc, 'orig', None) or type(exc).__name__}") from exc
        finally:
            engine.dispose()

    return _asked("state", ask, say("periksa KENTONGAN_STATE_URL", "check KENTONGAN_STATE_URL"))


def slack(settings: Settings) -> Finding:
    """Whether Slack knows the token that is set."""
    if not settings.slack_bot_token:
        what = say("Slack tidak dipakai; peringatan tampil di terminal", "Slack is not used; alerts show on the terminal")
        return Finding(name="slack", state="off", what=what, next_step="SLACK_BOT_TOKEN=xoxb-... (docs/slack.md)")

    def ask() -> str:
        from alerts.slack import SlackReceiver

        return f"Slack: {SlackReceiver(settings.slack_bot_token, {}, base_url=settings.slack_base_url, timeout_s=10).identity()}"

    return _asked("slack", ask, say("periksa SLACK_BOT_TOKEN, lalu kentongan notify --test", "check SLACK_BOT_TOKEN, then kentongan notify --test"))
