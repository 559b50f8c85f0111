"""The objectives by name; importing this package registers them all."""

from pretrain import objective
from pretrain.objectives import electra, mlm

for _objective in (electra.Electra, mlm.Mlm):
    objective.REGISTRY.register(_objective.name, _objective)
