"""The system voices this emulator knows, and the languages they speak.

MiniMax offers more than 300; a client only has to see that a known voice is accepted, that an
unknown one is refused with 20132, and that two voices do not sound alike.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Gender = Literal["female", "male"]

FALLBACK_LANGUAGE: Final = "en-us"


@dataclasses.dataclass(frozen=True)
class VoiceProfile:
    """How one voice sounds.

    Attributes:
        voice_id: The wire's name, case-sensitive.
        language: Native language as an espeak voice name.
        gender: Chooses the range of the fundamental.
        semitones: Offset from the middle of that range.
        timbre: From -1 (dark, large) to 1 (bright, small).
        variant: Which of several espeak speakers of the gender.
        breathy: Whispered by nature.
    """

    voice_id: str
    language: str
    gender: Gender
    semitones: float = 0.0
    timbre: float = 0.0
    variant: int = 1
    breathy: bool = False


# id | language | gender | semitones | timbre | variant [| breathy]
TABLE: Final = """
English_expressive_narrator|en-us|male|-1|-0.1|3
English_Graceful_Lady|en-us|female|0|0|2
English_Insightful_Speaker|en-us|male|0|0|1
English_radiant_girl|en-us|female|3|0.4|3
English_Persuasive_Man|en-us|male|-2|-0.2|4
English_Lucky_Robot|en-us|male|2|0.6|7
English_Trustworthy_Man|en-us|male|-1|-0.2|2
English_CalmWoman|en-us|female|-2|-0.2|1
English_UpsetGirl|en-us|female|4|0.3|4
English_Gentle-voiced_man|en-us|male|1|0|5
English_Whispering_girl|en-us|female|2|0.2|2|breathy
English_Diligent_Man|en-us|male|0.5|0.1|6
English_ManWithDeepVoice|en-us|male|-5|-0.6|3
English_Aussie_Bloke|en-gb|male|-1|0|4
English_PlayfulGirl|en-us|female|5|0.5|3
English_CaptivatingStoryteller|en-gb|male|-3|-0.3|1
Wise_Woman|en-us|female|-3|-0.3|1
Friendly_Person|en-us|male|1|0.1|2
Inspirational_girl|en-us|female|2|0.3|4
Deep_Voice_Man|en-us|male|-5|-0.5|4
Calm_Woman|en-us|female|-1|-0.1|2
Casual_Guy|en-us|male|0|0.1|5
Lively_Girl|en-us|female|4|0.4|3
Patient_Man|en-us|male|-1|-0.1|1
Young_Knight|en-us|male|2|0.2|6
Determined_Man|en-us|male|-2|0|3
Decent_Boy|en-us|male|4|0.3|2
Elegant_Man|en-gb|male|-1.5|-0.1|2
English_StressedLady|en-us|female|2|0|4
English_SentimentalLady|en-us|female|-1|0|3
English_WiseScholar|en-us|male|-2|-0.1|5
English_Explanatory_Man|en-us|male|0|0|3
socialmedia_female_1_v1|en-us|female|1|0.1|1
socialmedia_female_2_v1|en-us|female|2|0.2|2
voice_agent_Female_Phone_4|en-us|female|0|0.2|4
voice_agent_Male_Phone_1|en-us|male|0|0.2|1
voice_agent_Male_Phone_2|en-us|male|-1|0.2|2
Japanese_Whisper_Belle|ja|female|1|0.1|2|breathy
Japanese_IntellectualSenior|ja|male|-2|-0.2|3
Japanese_DecisivePrincess|ja|female|2|0.2|4
Japanese_KindLady|ja|female|0|0|1
Korean_SweetGirl|ko|female|3|0.3|3
Korean_CheerfulBoyfriend|ko|male|1|0.1|2
Cantonese_GentleLady|yue|female|0|0|2
Cantonese_ProfessionalHost（F)|yue|female|-1|0|1
Cantonese_ProfessionalHost（M)|yue|male|0|0|1
Chinese (Mandarin)_Lyrical_Voice|cmn|male|1|0.1|2
Chinese (Mandarin)_News_Anchor|cmn|female|-1|0|1
Chinese (Mandarin)_Gentleman|cmn|male|-1|-0.1|3
Chinese (Mandarin)_Warm_Girl|cmn|female|2|0.1|4
male-qn-qingse|cmn|male|2|0.2|2
male-qn-jingying|cmn|male|0|0|1
male-qn-badao|cmn|male|-3|-0.3|4
male-qn-daxuesheng|cmn|male|1|0.1|5
female-shaonv|cmn|female|3|0.4|3
female-yujie|cmn|female|-2|-0.1|1
female-chengshu|cmn|female|-3|-0.3|2
female-tianmei|cmn|female|2|0.2|4
presenter_male|cmn|male|-1|-0.1|3
presenter_female|cmn|female|-1|0|1
audiobook_male_1|cmn|male|-2|-0.2|1
audiobook_male_2|cmn|male|-4|-0.3|3
audiobook_female_1|cmn|female|0|0|2
audiobook_female_2|cmn|female|-2|-0.2|1
Spanish_SereneWoman|es|female|-1|-0.1|2
Spanish_Narrator|es|male|-1|0|3
Spanish_WiseScholar|es|male|-2|-0.1|2
Spanish_ThoughtfulMan|es|male|0|0|1
French_Male_Speech_New|fr-fr|male|0|0|1
French_FemaleAnchor|fr-fr|female|0|0|1
French_CasualMan|fr-fr|male|1|0|2
German_PlayfulMan|de|male|2|0.1|3
German_FriendlyMan|de|male|0|0|2
German_SweetLady|de|female|2|0.2|3
Italian_BraveHeroine|it|female|0|0.1|4
Portuguese_ThoughtfulLady|pt-br|female|1|0|2
Portuguese_SentimentalLady|pt-br|female|-1|0|1
Russian_ReliableMan|ru|male|-2|-0.2|3
Arabic_FriendlyGuy|ar|male|1|0.1|2
Arabic_CalmWoman|ar|female|-1|-0.1|1
Turkish_CalmWoman|tr|female|-1|-0.1|2
Dutch_kindhearted_girl|nl|female|2|0.2|3
Vietnamese_kindhearted_girl|vi|female|2|0.2|2
Indonesian_SweetGirl|id|female|3|0.3|3
Hindi_male_1_v2|hi|male|0|0|1
Thai_female_1_sample1|th|female|0|0|2
"""  # noqa: RUF001  # Two ids have a full width parenthesis.


def read_table(table: str) -> dict[str, VoiceProfile]:
    """Return the voices of `table` by id."""
    voices = {}
    for row in table.strip().splitlines():
        name, language, gender, semitones, timbre, variant, *flags = row.split("|")
        voices[name] = VoiceProfile(
            voice_id=name,
            language=language,
            gender="female" if gender == "female" else "male",
            semitones=float(semitones),
            timbre=float(timbre),
            variant=int(variant),
            breathy="breathy" in flags,
        )
    return voices


VOICES: Final = read_table(TABLE)
DEFAULT_VOICE: Final = VOICES["English_expressive_narrator"]

# The names of `language_boost`, as espeak voices. Filipino has none there; Indonesian spelling is
# the closest, as Bokmål is to Nynorsk.
LANGUAGES: Final = {
    "Chinese": "cmn",
    "Chinese,Yue": "yue",
    "English": "en-us",
    "Arabic": "ar",
    "Russian": "ru",
    "Spanish": "es",
    "French": "fr-fr",
    "Portuguese": "pt-br",
    "German": "de",
    "Turkish": "tr",
    "Dutch": "nl",
    "Ukrainian": "uk",
    "Vietnamese": "vi",
    "Indonesian": "id",
    "Japanese": "ja",
    "Italian": "it",
    "Korean": "ko",
    "Thai": "th",
    "Polish": "pl",
    "Romanian": "ro",
    "Greek": "el",
    "Czech": "cs",
    "Finnish": "fi",
    "Hindi": "hi",
    "Bulgarian": "bg",
    "Danish": "da",
    "Hebrew": "he",
    "Malay": "ms",
    "Persian": "fa",
    "Slovak": "sk",
    "Swedish": "sv",
    "Croatian": "hr",
    "Filipino": "id",
    "Hungarian": "hu",
    "Norwegian": "nb",
    "Slovenian": "sl",
    "Catalan": "ca",
    "Nynorsk": "nb",
    "Tamil": "ta",
    "Afrikaans": "af",
}

# Letters that Latin-script languages do not have, and the languages written with them. The first
# is the one to take when neither the request nor the voice names one of the others.
SCRIPTS: Final = (
    (re.compile("[\u3040-\u30ff]"), ("ja",)),
    (re.compile("[\uac00-\ud7af\u1100-\u11ff]"), ("ko",)),
    (re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"), ("cmn", "yue", "ja")),
    (re.compile("[\u0400-\u04ff]"), ("ru", "uk", "bg")),
    (re.compile("[\u0370-\u03ff]"), ("el",)),
    (re.compile("[\u0590-\u05ff]"), ("he",)),
    (re.compile("[\u0600-\u06ff]"), ("ar", "fa")),
    (re.compile("[\u0900-\u097f]"), ("hi",)),
    (re.compile("[\u0b80-\u0bff]"), ("ta",)),
    (re.compile("[\u0e00-\u0e7f]"), ("th",)),
)
OTHER_SCRIPTS: Final = frozenset(name for _, names in SCRIPTS for name in names)


def language_of(text: str, boost: str | None, native: str) -> str:
    """Return the language to read `text` in: what its letters allow, then the wish, then the voice.

    Args:
        text: One sentence.
        boost: `language_boost` of the request.
        native: Language of the voice.
    """
    wishes = [name for name in (LANGUAGES.get(boost or ""), native) if name]
    for letters, languages in SCRIPTS:
        if letters.search(text):
            return next((wish for wish in wishes if wish in languages), languages[0])
    latin = (wish for wish in wishes if wish not in OTHER_SCRIPTS)
    return next(latin, FALLBACK_LANGUAGE)


def mixed(parts: Sequence[tuple[VoiceProfile, int]]) -> VoiceProfile:
    """Return the voice between several: the heaviest, bent towards the others by their weights."""
    heaviest, _ = max(parts, key=lambda part: part[1])
    total = sum(weight for _, weight in parts)
    return dataclasses.replace(
        heaviest,
        semitones=sum(voice.semitones * weight for voice, weight in parts) / total,
        timbre=sum(voice.timbre * weight for voice, weight in parts) / total,
    )
