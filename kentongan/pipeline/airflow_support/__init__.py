"""Airflow's side of the pipeline, and the only installed package that imports Airflow.

tasks: what the DAG files call. hooks: what the plugin calls. home: Airflow's home under var/ and one-off runs. runner: the subprocess of such
a run. service: `make up`. page: the page in Airflow's menu. progress: lines for whoever waits. Importing this package does not import Airflow.
"""

from kentongan.pipeline.airflow_support.home import AirflowFailed, DagJob, DagResult, run_dags

__all__ = ["AirflowFailed", "DagJob", "DagResult", "run_dags"]
