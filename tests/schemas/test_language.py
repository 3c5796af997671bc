from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid import langid

from schemas.text.language import LANGUAGES, languages_of
from schemas.text.language_model import CERTAIN, MAX_TEXT, LanguageModel

TEXTS = {
    "Up at six for the herons on the canal, and nobody told me about the fog": "en",
    "Heute früh am Kanal: drei Reiher, und keiner hat mich vor dem Nebel gewarnt": "de",
    "Ce matin au bord du canal, trois hérons dans le brouillard": "fr",
    "今朝は運河でサギを三羽見ました": "ja",
    "Сегодня утром на канале три цапли": "ru",
    "": "und",
    "#birding @ada https://example.com/ceci/est/une/page": "und",
    "🐦": "und",
}


def test_texts_in_several_languages() -> None:
    assert languages_of(list(TEXTS)) == list(TEXTS.values())
    assert [languages_of([text])[0] for text in TEXTS] == list(TEXTS.values())
    assert languages_of([]) == []


_library = langid.LanguageIdentifier.from_model_file(
    langid.MODEL_FILE, norm_probs=True, min_confidence=CERTAIN
)
_library.set_languages(LANGUAGES.split())
_model = LanguageModel(LANGUAGES.split())
_words = st.sampled_from(" ".join(TEXTS).split())


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(st.lists(_words, max_size=12).map(" ".join), st.text(max_size=60)), min_size=1
    )
)
def test_many_at_once_are_what_the_library_says_of_each(texts: list[str]) -> None:
    """But for those on the edge of what is certain."""
    told = _model.languages_of(texts)
    for text, language in zip(texts, told, strict=True):
        expected, likelihood = _library.classify(text[:MAX_TEXT])
        assert language == expected or abs(likelihood - CERTAIN) < 0.01
