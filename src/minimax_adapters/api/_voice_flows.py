"""Cloning a voice as one flow: check, upload, clone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from minimax_adapters.api._files import keeping_uploads, read_upload, upload_call
from minimax_adapters.api._samples import check_sample
from minimax_adapters.api._voices import clone_call
from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.api.wire.voices import ClonePrompt, CloneRequest

if TYPE_CHECKING:
    import os
    from typing import Any

    from minimax_adapters.api._flow import Policy
    from minimax_adapters.api._steps import Flow
    from minimax_adapters.api.wire.speech_settings import LanguageBoost, SpeechModel
    from minimax_adapters.api.wire.voices import ClonedVoice


class CloneOptions(TypedDict, total=False):
    """Settings of a clone.

    Attributes:
        filename: The name of a sample that is given as bytes.
        prompt_audio: A second sample of less than 8 seconds, as a file or bytes; makes the clone
            more alike.
        prompt_text: What is said in it.
        preview: Up to 1,000 characters for a preview, which is billed.
        model: Which model speaks the preview; the default is `speech-2.8-hd`.
        language_boost: A language to favour.
        text_validation: Up to 200 characters that the sample should say.
        accuracy: How alike they must be, from 0 to 1; MiniMax's default is 0.7.
        need_noise_reduction: Whether to clean the sample.
        need_volume_normalization: Whether to even out its loudness.
        aigc_watermark: An audible mark at the end of the preview.
    """

    filename: str
    prompt_audio: str | os.PathLike[str] | bytes
    prompt_text: str
    preview: str
    model: SpeechModel
    language_boost: LanguageBoost
    text_validation: str
    accuracy: float
    need_noise_reduction: bool
    need_volume_normalization: bool
    aigc_watermark: bool


_PASSED_ON = (
    "language_boost",
    "text_validation",
    "accuracy",
    "need_noise_reduction",
    "need_volume_normalization",
    "aigc_watermark",
)


def clone_flow(
    policy: Policy,
    sample: str | os.PathLike[str] | bytes,
    voice_id: str,
    options: CloneOptions,
) -> Flow[ClonedVoice]:
    """Return the flow that makes a voice from a sample."""
    if unknown := options.keys() - CloneOptions.__annotations__.keys():
        raise TypeError(f"Unknown options: {', '.join(sorted(unknown))}.")
    preview = options.get("preview")
    members: dict[str, Any] = {n: value for n, value in options.items() if n in _PASSED_ON}
    if preview is not None:
        members |= {"text": preview, "model": options.get("model", "speech-2.8-hd")}
    # All that can be wrong is found before anything is uploaded.
    request = CloneRequest(file_id=0, voice_id=voice_id, **members)
    name, content = read_upload(sample, options.get("filename"))
    check_sample(name, content)
    prompt = _prompt(options)
    with keeping_uploads() as uploads:
        uploads.append((yield from policy.call(upload_call(name, content, "voice_clone"))))
        changes: dict[str, object] = {"file_id": uploads[0].file_id}
        if prompt is not None:
            uploads.append((yield from policy.call(upload_call(*prompt, "prompt_audio"))))
            changes["clone_prompt"] = ClonePrompt(
                prompt_audio=uploads[1].file_id, prompt_text=options["prompt_text"]
            )
        return (yield from policy.call(clone_call(request.model_copy(update=changes))))


def _prompt(options: CloneOptions) -> tuple[str, bytes] | None:
    if ("prompt_audio" in options) != bool(options.get("prompt_text")):
        raise InvalidInputError("A prompt needs both prompt_audio and prompt_text.")
    if "prompt_audio" not in options:
        return None
    source = options["prompt_audio"]
    # Bytes have the kind of the sample that they come with.
    name, content = read_upload(
        source, options.get("filename") if isinstance(source, bytes) else None
    )
    check_sample(name, content, prompt=True)
    return name, content
