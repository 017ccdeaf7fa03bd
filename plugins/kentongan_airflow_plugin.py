"""Kentongan inside Airflow: a page in its menu, pools at start, and word to operations when a task fails for good.

The one file of this folder: Airflow loads every `.py` below plugins/ by its bare name, so a second one could shadow a package.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from kentongan.pipeline.airflow_support import hooks


class Hooks:
    """Called by Airflow: in the scheduler (start, dag runs) and beside each task (its end)."""

    @hookimpl
    def on_starting(self, component: Any) -> None:
        if "scheduler" in sys.argv and type(component).__name__ == "Job":  # its job_type is not set yet when Airflow calls
            hooks.ensure_pools()

    @hookimpl
    def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any) -> None:
        hooks.tell_task_failed(task_instance.dag_id, task_instance.task_id, task_instance.run_id, str(task_instance.state), error)

    @hookimpl
    def on_dag_run_failed(self, dag_run: Any, msg: str) -> None:
        if msg == "timed_out":  # no task has failed then, so nobody else would tell
            hooks.tell_operations(f"{dag_run.dag_id}", "the run took too long and was ended", dag_run.run_id)

    @hookimpl
    def on_dag_run_success(self, dag_run: Any, msg: str) -> None:
        if dag_run.dag_id == "keep_house":
            hooks.clean_airflow()


@cache
def _page() -> Any:
    """The page's application. An app of a plugin is open to everybody unless it asks: GetUserDep wants a sign-in to Airflow."""
    from airflow.api_fastapi.core_api.security import GetUserDep
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def show(user: Any) -> HTMLResponse:
        from kentongan.pipeline.airflow_support.page import HEADERS, render_page

        return HTMLResponse(render_page(), headers=HEADERS)

    show.__annotations__["user"] = GetUserDep  # annotations are text in this file; FastAPI needs the real one
    app.get("/")(show)
    return app


async def page(scope: Any, receive: Any, send: Any) -> None:
    """The page, built at the first request: each task process loads this file too, and the web packages would cost it a second."""
    await _page()(scope, receive, send)


class KentonganPlugin(AirflowPlugin):
    name = "kentongan"
    listeners = (Hooks(),)
    fastapi_apps = ({"app": page, "url_prefix": "/kentongan", "name": "Kentongan"},)
    external_views = ({"name": "Kentongan", "href": "/kentongan/", "destination": "nav", "url_route": "kentongan"},)
