r"""Fine-tunes a pre-trained model on labeled tasks.

    python3 run_finetuning.py --data-dir DATA --model-name NAME \
        --hparams '{"task_names": ["cola", "rte"], "num_trials": 5}'

The model is found in DATA/models/NAME, the tasks' files in DATA/finetuning_data. Run
the same command again after an interruption: what is finished is kept.

    ... --set 'task_names=["cola"]' --do-predict my_sentences.tsv

asks a fine-tuned model about a file in its task's format.
"""

import argparse
import json
import sys
from typing import Any, List

from util import logs

logs.quiet()

from util import cli, compat  # noqa: E402  (they import TensorFlow)


class ListTasks(argparse.Action):
    """Prints the tasks and ends, whatever else the command line says or lacks."""

    def __call__(self, parser, namespace, values, option_string=None):
        from finetune import catalog

        print("Tasks: %s" % " ".join(catalog.TASKS.names()))
        print("Types for task_definitions: %s" % " ".join(catalog.FAMILIES.names()))
        parser.exit()


def main(argv: List[str]) -> int:
    """Runs the command line; returns the exit code."""
    arguments = _parser().parse_args(argv)
    compat.activate()
    import configure_finetuning

    config = configure_finetuning.FinetuningConfig(
        arguments.model_name, arguments.data_dir, **cli.hparams(arguments)
    )
    if arguments.print_config:
        print(json.dumps(config.to_dict(), indent=2, sort_keys=True))
        return 0
    if arguments.do_predict:
        _predict(config, arguments)
        return 0
    from finetune import trials

    ready = _prepare(config)
    if arguments.profile:
        print(trials.profile(ready[0]))
        return 0
    for each in ready:
        trials.check(each)
    if arguments.dry_run:
        _describe(ready)
        return 0
    _run(ready)
    return 0


def _parser() -> Any:
    parser = cli.parser(__doc__ or "")
    parser.add_argument(
        "--list-tasks",
        action=ListTasks,
        nargs=0,
        help="Print the tasks that are known and the types of tasks that you can "
        "describe by yourself, and stop.",
    )
    parser.add_argument(
        "--do-predict",
        metavar="FILE",
        help="Predict a file in the format of the task's development or test file with "
        "the model that was fine-tuned, and stop.",
    )
    parser.add_argument(
        "--predict-task",
        default="",
        metavar="NAME",
        help="Task of the file, where one model was trained on several.",
    )
    parser.add_argument(
        "--output",
        default="",
        metavar="FILE",
        help="Where --do-predict writes; FILE.predictions.jsonl by default.",
    )
    return parser


def _prepare(config: Any) -> List[Any]:
    """Reads and checks the inputs of every task before the first is trained."""
    from finetune import data
    from finetune import job as job_lib

    jobs = _jobs(config)
    tasks = [task for job in jobs for task in job.tasks]
    data.check_skipped(tasks, config.skip_splits)
    return [job_lib.prepare(job) for job in jobs]


def _jobs(config: Any) -> List[Any]:
    """Returns a job per task, or one for all that are trained together."""
    from finetune import assembly, pretrained

    found = pretrained.load(
        pretrained.Request(
            model_dir=config.model_dir,
            data_dir=config.data_dir,
            asked=config.user,
            init_checkpoint=config.init_checkpoint,
            needs_weights=config.do_train,
        )
    )
    if config.multi_task and len(config.task_names) > 1:
        groups = [config.task_names]
    else:
        groups = [[name] for name in config.task_names]
    return [assembly.job(names, config, found) for names in groups]


def _predict(config: Any, arguments: Any) -> None:
    """Asks the fine-tuned model about a file."""
    import configure_finetuning
    from finetune import predict_file

    user = dict(config.user, do_train=False)
    config = configure_finetuning.FinetuningConfig(
        config.model_name, config.data_dir, **user
    )
    jobs = _jobs(config)
    if len(jobs) != 1:
        raise ValueError(
            "--do-predict needs one model, but task_names has %s; name one task or set "
            "multi_task if they were trained together." % ", ".join(config.task_names)
        )
    predict_file.run(
        jobs[0], arguments.do_predict, arguments.output, arguments.predict_task
    )


def _describe(ready: List[Any]) -> None:
    from finetune import job as job_lib

    for each in ready:
        print(job_lib.describe(each))


def _run(ready: List[Any]) -> None:
    """Fine-tunes the tasks one after another and prints their results.

    What is finished is shown and on the overview, whatever becomes of the next task.
    """
    from finetune import report_scores, results, trials

    summaries = []
    for each in ready:
        summaries.append(trials.run(each))
        overview = report_scores.write_overview(each.job.model_dir)
        print(results.table(summaries[-1]), flush=True)
    print(results.overview(summaries))
    print("All results of the model: %s" % overview.file("html"), file=sys.stderr)


if __name__ == "__main__":
    cli.main(main)
