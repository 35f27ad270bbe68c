"""Texts without words, names of settings, and subtitles of short texts."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import ValidationError

from minimax_adapters.api import Client
from minimax_adapters.api.speaking import with_subtitles
from minimax_adapters.langchain import MiniMaxInvalidInputError

if TYPE_CHECKING:
    from makers import Make

CODE = "```python\nprint(1)\n```"


@pytest.mark.parametrize("text", ["***", "😀", CODE])
def test_a_text_without_words_is_not_called_empty(speech: Make, text: str) -> None:
    """The error says what was left out, whole or streamed."""
    for call in (speech().invoke, lambda text: list(speech().stream(text))):
        with pytest.raises(MiniMaxInvalidInputError, match="no words") as caught:
            call(text)
        assert "empty" not in str(caught.value)
    with pytest.raises(MiniMaxInvalidInputError, match="the text is empty"):
        speech().invoke(" ")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"format": "ogg"}, "valid: format: "), ({"speed": 9}, "valid: speed: ")],
)
def test_settings_have_the_names_of_the_class(
    speech: Make, wrong: dict[str, Any], told: str
) -> None:
    """Where it is made, and in a call; the wire models inside are not the user's."""
    inner = re.compile("SpeechOptions|SpeechRequest|AudioSetting|VoiceSetting|_setting")
    with pytest.raises(ValidationError, match=f"MiniMaxSpeech is not {told}") as made:
        speech(**wrong)
    with pytest.raises(MiniMaxInvalidInputError, match=f"MiniMaxSpeech is not {told}") as called:
        speech().invoke("Hello.", **wrong)

    assert not inner.search(str(made.value).replace("value={", ""))
    assert not inner.search(str(called.value))


async def test_subtitles_of_a_short_text_are_fetched(speech: Make) -> None:
    """MiniMax gives an address only, and `url` stays one."""
    voice = speech(subtitle_enable=True)

    audio = voice.invoke("Hello there. How are you?")
    awaited = await voice.ainvoke("Hello there. How are you?")
    address = voice.invoke("Hello there.", output_format="url")

    assert [line.text for line in audio.subtitles] == ["Hello there.", "How are you?"]
    assert audio.srt == awaited.srt
    assert address.srt
    assert address.url
    assert not address.data


def test_audio_outlives_subtitles_that_cannot_be_had(
    speech: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """It is paid for; the log says that they are missing, and the address stays."""
    audio = speech().invoke("Hello there.")
    named = dataclasses.replace(audio, subtitle_url="https://files.example/gone.json")
    gone = httpx.MockTransport(lambda _: httpx.Response(404))

    with Client(api_key="k", max_retries=0, transport=gone) as client:
        assert with_subtitles(client, named) == named

    assert "minimax_adapters.subtitles_not_fetched" in caplog.messages
