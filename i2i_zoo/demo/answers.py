"""What a model answers to a picture of the page: as `i2i_zoo.translate` does, with red, green, blue and alpha."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ..data.images.pixels import fit
from ..data.preparation import Resizer, choose_preparation
from ..errors import UserError
from ..inference.translate import translate
from ..models.base import Translator


def translation(model: Translator, pixels: np.ndarray, words: Mapping[str, str]) -> np.ndarray:
    """The translation, uint8 (H', W', 4), of a picture (H, W, 4), transparency over white.

    `words` say from which domain and to which, and the style. Raises `UserError`.
    """
    source, to = words.get("from"), words.get("to")
    if (source, to) not in model.directions:
        raise UserError("this model does not translate that way; load the page anew")
    answer = translate(model, fit(pixels, True, model.channels[source]), to, _style(words), output_type="array")
    color = np.broadcast_to(answer, (*answer.shape[:2], 3))
    return np.concatenate([color, np.full_like(color[..., :1], 255)], 2)


@torch.inference_mode()
def style_of(model: Translator, pixels: np.ndarray, words: Mapping[str, str]) -> np.ndarray:
    """The style, float32 (style_dim,), of an example (H, W, 4) of a domain that `words` name; raises `UserError`."""
    domain = words.get("domain")
    if not model.style_dim or domain not in model.domains:
        raise UserError("this model has no styles of that; load the page anew")
    picture = torch.from_numpy(fit(pixels, True, model.channels[domain])).movedim(2, 0)
    prepared = Resizer(choose_preparation(model.preparation)).prepare(picture)
    images = model.range_of(domain).to_unit(prepared)[None].to(model.device)
    return model.encode_style(images, domain)[0].float().cpu().numpy()


def _style(words: Mapping[str, str]) -> Tensor | None:
    if "style" not in words:
        return None
    try:
        return torch.tensor([float(number) for number in words["style"].split(",")])
    except ValueError:
        raise UserError("a style is a list of numbers; load the page anew") from None
