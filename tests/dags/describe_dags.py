"""Run as a script with a DAG folder: loads it as Airflow does and prints what it found as JSON. Not a test file.

In a process of its own: Airflow's import changes logging and more, which is not for the other tests to feel.
"""

import json
import sys

before = set(sys.modules)

from airflow.dag_processing.dagbag import DagBag  # noqa: E402

airflow_itself = set(sys.modules)
bag = DagBag(dag_folder=sys.argv[1])
json.dump(
    {
        "import_errors": bag.import_errors,
        "imported": sorted(set(sys.modules) - airflow_itself),
        "dags": {
            dag_id: {
                "max_active_runs": dag.max_active_runs,
                "catchup": dag.catchup,
                "timetable": type(dag.timetable).__name__,
                "summary": dag.timetable.summary if hasattr(dag.timetable, "summary") else "",
                "expression": getattr(dag.timetable, "expression", getattr(dag.timetable, "_expression", "")),
                "zone": str(getattr(dag.timetable, "timezone", getattr(dag.timetable, "_timezone", ""))),
                "run_timeout_s": dag.dagrun_timeout.total_seconds() if dag.dagrun_timeout else None,
                "tasks": {
                    task.task_id: {
                        "retries": task.retries,
                        "timeout_s": task.execution_timeout.total_seconds() if task.execution_timeout else None,
                        "pool": task.pool,
                        "trigger_rule": task.trigger_rule.value,
                        "outlets": [asset.name for asset in task.outlets],
                        "upstream": sorted(task.upstream_task_ids),
                    }
                    for task in dag.tasks
                },
            }
            for dag_id, dag in bag.dags.items()
        },
    },
    sys.stdout,
)
