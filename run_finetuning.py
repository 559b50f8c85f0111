r"""Fine-tunes a pre-trained model on labeled tasks.

    python3 run_finetuning.py --data-dir DATA --model-name NAME \
        --hparams '{"task_names": ["cola", "rte"], "num_trials": 5}'

The model is found in DATA/models/NAME, the tasks' files in DATA/finetuning_data. Run
the same command again after an interruption: what is finished is kept.
"""

import json
from typing import Any, List

from util import logs

logs.quiet()

from util import cli, compat  # noqa: E402  (they import TensorFlow)


def main(argv: List[str]) -> int:
    """Runs the command line; returns the exit code."""
    arguments = cli.parser(__doc__ or "").parse_args(argv)
    compat.activate()
    import configure_finetuning

    config = configure_finetuning.FinetuningConfig(
        arguments.model_name, arguments.data_dir, **cli.hparams(arguments)
    )
    if arguments.print_config:
        print(json.dumps(config.to_dict(), indent=2, sort_keys=True))
        return 0
    ready = _prepare(config)
    if arguments.dry_run:
        _describe(ready)
        return 0
    if arguments.profile:
        from finetune import trials

        print(trials.profile(ready[0]))
        return 0
    _run(ready)
    return 0


def _prepare(config: Any) -> List[Any]:
    """Reads and checks the inputs of every task before the first is trained."""
    from finetune import catalog, data
    from finetune import job as job_lib

    tasks = [catalog.TASKS[name] for name in config.task_names]
    data.check_skipped(tasks, config.skip_splits)
    return [job_lib.prepare(_job(config, task)) for task in tasks]


def _job(config: Any, task: Any) -> Any:
    """Returns one task's job, with the settings that the task changes."""
    from finetune import job as job_lib
    from finetune import pretrained

    found = pretrained.load(
        pretrained.Request(
            model_dir=config.model_dir,
            data_dir=config.data_dir,
            asked=config.user,
            init_checkpoint=config.init_checkpoint,
            needs_weights=config.do_train,
        )
    )
    its_config = config.for_task(found.encoder, task.defaults)
    return job_lib.Job(
        task=task,
        pretrained=found,
        data_dir=config.data_dir,
        model_dir=config.model_dir,
        optimizer=its_config.optimizer,
        run=its_config.run,
        finetune=its_config.finetune,
    )


def _describe(ready: List[Any]) -> None:
    from finetune import job as job_lib

    for each in ready:
        print(job_lib.describe(each))


def _run(ready: List[Any]) -> None:
    """Fine-tunes the tasks one after another and prints their results."""
    from finetune import results, trials

    summaries = [trials.run(each) for each in ready]
    for summary in summaries:
        print(results.table(summary))
    print(results.overview(summaries))


if __name__ == "__main__":
    cli.main(main)
