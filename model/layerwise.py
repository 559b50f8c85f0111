"""Learning rates that fall from a task's head down to the embeddings."""

from typing import Dict, Sequence

HEAD_SCOPE = "task_specific"
PUBLISHED, CORRECTED = "published", "corrected"


def factors(
    names: Sequence[str],
    decay: float,
    num_hidden_layers: int,
    rule: str = PUBLISHED,
    scope: str = "electra",
) -> Dict[str, float]:
    """Returns each variable's factor of the learning rate.

    Embeddings have depth 0, layer i has depth i + 1. The published rule gives
    task heads depth `num_hidden_layers + 2`, so that the top layer's factor is the
    decay squared; the corrected one gives them `num_hidden_layers + 1`.

    Args:
      names: Variable names without the ":0".
      decay: Factor per unit of depth.
      num_hidden_layers: Layers of the encoder.
      rule: PUBLISHED or CORRECTED.
      scope: The encoder's variable scope.

    Raises:
      ValueError: A variable belongs neither to the encoder's embeddings and layers
        nor to a task's head.
    """
    top = num_hidden_layers + (2 if rule == PUBLISHED else 1)
    depths = {"%s/embeddings" % scope: 0, "%s/embeddings_project" % scope: 0}
    for layer in range(num_hidden_layers):
        depths["%s/encoder/layer_%d" % (scope, layer)] = layer + 1
    depths[HEAD_SCOPE] = top

    found, unknown = {}, []
    for name in names:
        prefixes = [prefix for prefix in depths if name.startswith(prefix + "/")]
        if prefixes:
            found[name] = decay ** (top - depths[prefixes[0]])
        else:
            unknown.append(name)
    if unknown:
        raise ValueError(
            "layerwise_lr_decay has no rule for: %s. Known scopes: %s. Set it to 0 or "
            "build the variables under one of them."
            % (", ".join(unknown), ", ".join(depths))
        )
    return found
