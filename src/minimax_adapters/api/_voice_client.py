"""`client.voices` and `client.files`: one line over a flow each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from minimax_adapters.api._files import (
    content_call,
    delete_call,
    list_call,
    read_upload,
    retrieve_call,
    upload_call,
)
from minimax_adapters.api._samples import check_sample
from minimax_adapters.api._voice_flows import CloneOptions, clone_flow
from minimax_adapters.api._voices import delete_voice_call, design_call, voices_call
from minimax_adapters.api.wire.voices import DesignRequest

if TYPE_CHECKING:
    import os

    from minimax_adapters.api._call import Call
    from minimax_adapters.api._drivers import AsyncDriver, SyncDriver
    from minimax_adapters.api._flow import Policy
    from minimax_adapters.api.wire.files import (
        DeletePurpose,
        ListPurpose,
        StoredFile,
        UploadPurpose,
    )
    from minimax_adapters.api.wire.voices import (
        ClonedVoice,
        DesignedVoice,
        OwnVoiceKind,
        Voice,
        VoiceKind,
    )


# Inside a class with a method `list`, the type needs another name.
List = list


class Voices:
    """The voices that a key may use."""

    def __init__(self, policy: Policy, driver: SyncDriver) -> None:
        self._policy = policy
        self._driver = driver

    def list(self, kind: VoiceKind | Literal["all"] = "all") -> List[Voice]:
        """Return the voices, MiniMax's own first; those of the account after their first use."""
        return self._driver.run(self._policy.call(voices_call(kind)))

    def clone(
        self,
        sample: str | os.PathLike[str] | bytes,
        voice_id: str,
        **options: Unpack[CloneOptions],
    ) -> ClonedVoice:
        """Make a voice from a sample: check it, upload it, clone it.

        It disappears after 7 days unless it has spoken by then; previews do not count.

        Args:
            sample: A file, or bytes with `filename`: mp3, m4a or wav, 10 seconds to 5 minutes,
                at most 20 MB.
            voice_id: The new name: 8 to 256 letters, digits, `-` and `_`, beginning with a
                letter, not ending with `-` or `_`.
            **options: See `CloneOptions`.

        Raises:
            InvalidInputError: The sample or a setting is none that MiniMax takes; nothing was
                sent.
            InvalidVoiceError: 2037, 2039, 1043 or 1044: MiniMax refuses the sample or the name.
            PermissionDeniedError: 2038: the account is not verified.
            MiniMaxError: See the client. `partial` names the files that were uploaded and stay.
        """
        return self._driver.run(clone_flow(self._policy, sample, voice_id, options))

    def design(
        self,
        prompt: str,
        preview_text: str,
        *,
        voice_id: str | None = None,
        aigc_watermark: bool | None = None,
    ) -> DesignedVoice:
        """Make a voice from a description; the preview is billed.

        Args:
            prompt: What it should sound like.
            preview_text: 1 to 500 characters that it says.
            voice_id: The new name, chosen by MiniMax if left out.
            aigc_watermark: An audible mark at the end of the preview.

        Raises:
            InvalidInputError: A setting is none that MiniMax takes.
            MiniMaxError: See the client.
        """
        request = DesignRequest(
            prompt=prompt,
            preview_text=preview_text,
            voice_id=voice_id,
            aigc_watermark=aigc_watermark,
        )
        return self._driver.run(self._policy.call(design_call(request)))

    def delete(self, voice_id: str, kind: OwnVoiceKind = "voice_cloning") -> None:
        """Delete a voice of the account; its name cannot be used again.

        Raises:
            MiniMaxError: See the client.
        """
        self._driver.run(self._policy.call(delete_voice_call(voice_id, kind)))


class AsyncVoices:
    """The voices that a key may use; see `Voices`."""

    def __init__(self, policy: Policy, driver: AsyncDriver) -> None:
        self._policy = policy
        self._driver = driver

    async def list(self, kind: VoiceKind | Literal["all"] = "all") -> List[Voice]:
        """Return the voices; see `Voices.list()`."""
        return await self._driver.run(self._policy.call(voices_call(kind)))

    async def clone(
        self,
        sample: str | os.PathLike[str] | bytes,
        voice_id: str,
        **options: Unpack[CloneOptions],
    ) -> ClonedVoice:
        """Make a voice from a sample; see `Voices.clone()`."""
        return await self._driver.run(clone_flow(self._policy, sample, voice_id, options))

    async def design(
        self,
        prompt: str,
        preview_text: str,
        *,
        voice_id: str | None = None,
        aigc_watermark: bool | None = None,
    ) -> DesignedVoice:
        """Make a voice from a description; see `Voices.design()`."""
        request = DesignRequest(
            prompt=prompt,
            preview_text=preview_text,
            voice_id=voice_id,
            aigc_watermark=aigc_watermark,
        )
        return await self._driver.run(self._policy.call(design_call(request)))

    async def delete(self, voice_id: str, kind: OwnVoiceKind = "voice_cloning") -> None:
        """Delete a voice of the account; see `Voices.delete()`."""
        await self._driver.run(self._policy.call(delete_voice_call(voice_id, kind)))


class Files:
    """The files that MiniMax keeps for an account."""

    def __init__(self, policy: Policy, driver: SyncDriver) -> None:
        self._policy = policy
        self._driver = driver

    def upload(
        self,
        source: str | os.PathLike[str] | bytes,
        purpose: UploadPurpose,
        *,
        filename: str | None = None,
    ) -> StoredFile:
        """Upload a file.

        Args:
            source: A file, or bytes with `filename`.
            purpose: What it is for. Voice samples are checked before they are sent.
            filename: Its name, where it is not that of the file.

        Raises:
            InvalidInputError: It cannot be read, or is none that the purpose takes.
            MiniMaxError: See the client.
        """
        return self._driver.run(self._policy.call(_upload(source, purpose, filename)))

    def list(self, purpose: ListPurpose) -> List[StoredFile]:
        """Return the files of a purpose."""
        return self._driver.run(self._policy.call(list_call(purpose)))

    def retrieve(self, file_id: int | str) -> StoredFile:
        """Return a file with the address where it can be had for some hours."""
        return self._driver.run(self._policy.call(retrieve_call(file_id)))

    def content(self, file_id: int | str) -> bytes:
        """Return the bytes of a file."""
        return self._driver.run(self._policy.call(content_call(file_id)))

    def delete(self, file_id: int | str, purpose: DeletePurpose) -> None:
        """Delete a file."""
        self._driver.run(self._policy.call(delete_call(file_id, purpose)))


class AsyncFiles:
    """The files that MiniMax keeps for an account; see `Files`."""

    def __init__(self, policy: Policy, driver: AsyncDriver) -> None:
        self._policy = policy
        self._driver = driver

    async def upload(
        self,
        source: str | os.PathLike[str] | bytes,
        purpose: UploadPurpose,
        *,
        filename: str | None = None,
    ) -> StoredFile:
        """Upload a file; see `Files.upload()`."""
        return await self._driver.run(self._policy.call(_upload(source, purpose, filename)))

    async def list(self, purpose: ListPurpose) -> List[StoredFile]:
        """Return the files of a purpose."""
        return await self._driver.run(self._policy.call(list_call(purpose)))

    async def retrieve(self, file_id: int | str) -> StoredFile:
        """Return a file with the address where it can be had for some hours."""
        return await self._driver.run(self._policy.call(retrieve_call(file_id)))

    async def content(self, file_id: int | str) -> bytes:
        """Return the bytes of a file."""
        return await self._driver.run(self._policy.call(content_call(file_id)))

    async def delete(self, file_id: int | str, purpose: DeletePurpose) -> None:
        """Delete a file."""
        await self._driver.run(self._policy.call(delete_call(file_id, purpose)))


def _upload(
    source: str | os.PathLike[str] | bytes, purpose: UploadPurpose, filename: str | None
) -> Call[StoredFile]:
    name, content = read_upload(source, filename)
    if purpose in {"voice_clone", "prompt_audio"}:
        check_sample(name, content, prompt=purpose == "prompt_audio")
    return upload_call(name, content, purpose)
