"""Settings of where and how a model is trained, whatever the model."""

import dataclasses
from typing import Optional

from util import compat, precision, settings


@dataclasses.dataclass(frozen=True)
class RunSettings(settings.Section):
    """Where and how a model is trained; nothing here changes what is learned."""

    model_dir: Optional[str] = settings.setting(
        None, "Folder of checkpoints and logs; derived from data_dir and model_name."
    )
    seed: int = settings.setting(
        1, "Seed of everything random; the same seed repeats a run.", low=0
    )
    num_train_steps: int = settings.setting(
        1000000, "Training stops at this step.", low=1
    )
    save_checkpoints_steps: int = settings.setting(
        1000, "Steps between checkpoints; a killed run loses fewer than these.", low=1
    )
    keep_checkpoint_max: int = settings.setting(
        5, "Latest checkpoints kept; 0 keeps all.", low=0
    )
    log_steps: int = settings.setting(
        100, "Steps between progress lines and TensorBoard points.", low=1
    )
    num_gpus: int = settings.setting(
        1, "GPUs to share each batch; 0 trains on the CPU, 1 uses a GPU if any.", low=0
    )
    intra_op_threads: int = settings.setting(
        0, "Threads inside one operation; 0 lets TensorFlow choose.", low=0
    )
    inter_op_threads: int = settings.setting(
        0, "Operations that run side by side; 0 lets TensorFlow choose.", low=0
    )
    fuse_elementwise: bool = settings.setting(
        True,
        "On a CPU, compile chains of elementwise operations to one kernel each; "
        "dropout then draws its numbers from a faster generator.",
    )
    precision: str = settings.setting(
        "float32",
        "Type of the numbers that the dense layers multiply; weights and everything "
        "else are float32. bfloat16 pays where the processor has it, float16 (with "
        "loss scaling) on GPUs.",
        choices=list(precision.DTYPES),
    )
    use_tpu: bool = settings.setting(False, "Train on a Cloud TPU.")
    tpu_name: Optional[str] = settings.setting(
        None, "Name or grpc:// address of the TPU."
    )
    tpu_zone: Optional[str] = settings.setting(None, "Google Cloud zone of the TPU.")
    gcp_project: Optional[str] = settings.setting(
        None, "Google Cloud project of the TPU."
    )
    tpu_job_name: Optional[str] = settings.setting(
        None, "Name of the TPU worker's job, if it is not the default one."
    )
    num_tpu_cores: int = settings.setting(1, "TPU cores to share each batch.", low=1)
    iterations_per_loop: int = settings.setting(
        200, "Steps that a TPU makes between two visits to the host.", low=1
    )

    def check(self) -> None:
        if self.use_tpu and not self.tpu_name:
            raise ValueError("use_tpu is true, but tpu_name is not set.")
        if self.precision == "bfloat16" and not self._has_bfloat16():
            raise ValueError(
                "precision is 'bfloat16', which TensorFlow 1.15 has on TPUs only; use "
                "float32, or TensorFlow 2.15."
            )
        if self.precision == "float16" and self.use_tpu:
            raise ValueError(
                "precision is 'float16', which TPUs do not have; use bfloat16."
            )
        if self.use_tpu and self.num_gpus > 1:
            raise ValueError(
                "use_tpu is true and num_gpus is %d; train on one kind of device."
                % self.num_gpus
            )

    def _has_bfloat16(self) -> bool:
        return self.use_tpu or compat.multiplies_bfloat16()
