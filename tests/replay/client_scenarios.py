"""Scenarios of the client: embeddings, speech, models, and the group of an old key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenario import scenario

from minimax_adapters.api import (
    AudioEnd,
    AudioSetting,
    SpeechOptions,
    SpeechRequest,
    VoiceSetting,
)

if TYPE_CHECKING:
    from stage import Stage


@scenario("client")
def documents_and_queries_are_embedded_apart(stage: Stage) -> Any:  # noqa: ANN401 - as above
    """The same text has another vector as `db` than as `query`."""
    client = stage.client()

    stored = stage.result(client.embed(["The harbour opens at six."], type="db"))
    asked = stage.result(client.embed(["The harbour opens at six."], type="query"))

    assert len(stored.vectors[0]) == len(asked.vectors[0]) == 1536
    assert stored.vectors != asked.vectors
    return [stored, asked]


@scenario("client")
def texts_are_embedded_in_batches(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Three texts in batches of two are two requests; vectors keep the order."""
    done: list[int] = []

    embedded = stage.result(
        stage.client().embed(
            ["red", "green", "blue"], type="db", max_batch_size=2, on_progress=done.append
        )
    )

    assert sum(done) == len(embedded.vectors) == 3
    return embedded


@scenario("client")
def text_becomes_speech(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """The whole audio, with its duration and what it costs."""
    request = SpeechRequest(
        text="Hello!",
        voice_setting=VoiceSetting(speed=1.1, emotion="calm"),
        audio_setting=AudioSetting(format="mp3", sample_rate=16000, bitrate=32000, channel=1),
    )

    audio = stage.result(stage.client().speak(request))

    assert audio.format == "mp3"
    assert audio.duration
    return audio


@scenario("client")
def speech_comes_as_an_address(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """With `url` the audio is to be fetched within 24 hours."""
    request = SpeechRequest(text="Hello!", output_format="url")

    audio = stage.result(stage.client().speak(request))

    assert audio.url
    assert not audio.data
    return audio


@scenario("client")
def speech_is_streamed(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Chunks come as they are made; together they are the audio."""
    request = SpeechRequest(
        text="Hello!", audio_setting=AudioSetting(format="mp3", sample_rate=16000, bitrate=32000)
    )

    events = stage.everything(stage.client().stream_speech(request), [])

    assert isinstance(events[-1], AudioEnd)
    assert b"".join(event.data for event in events[:-1]) == events[-1].audio.data
    return events


@scenario("client")
def a_long_text_is_one_audio(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Pieces are spoken side by side and joined in their order."""
    seen: list[tuple[int, int]] = []
    options = SpeechOptions(
        audio_setting=AudioSetting(format="mp3", sample_rate=16000, bitrate=32000)
    )
    text = "The harbour opens at six. The boats leave at seven. All are back by noon."

    audio = stage.result(
        stage.client().speak_long(
            text, options, piece_length=30, on_progress=lambda done, of: seen.append((done, of))
        )
    )

    assert sorted(seen) == [(1, 3), (2, 3), (3, 3)]
    assert audio.data
    return audio


@scenario("client")
def models_are_listed(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Each with its id."""
    cards = stage.result(stage.client().models())

    assert "MiniMax-M3" in [card.id for card in cards]
    return cards


@scenario("client", staged=True)
def an_old_key_sends_its_group(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Native endpoints get the group in the query; it is scrubbed in the cassette."""
    client = stage.client(group_id="1700000000000000001")

    return stage.result(client.embed(["red"], type="query"))
