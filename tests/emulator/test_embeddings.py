"""The embeddings endpoint: shapes, refusals, and whether the nearest text is the right one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
PATH = "/v1/embeddings"

DOCUMENTS = [
    line.replace("\n", " ")
    for line in """\
The Amazon rainforest covers much of north-western Brazil and extends into Colombia, Peru and
other South American countries. It is home to about ten percent of all known species.

Photosynthesis is the process by which green plants turn sunlight, water and carbon dioxide into
sugar and oxygen. It happens in the chloroplasts of their leaves.

The Great Wall of China was built over many centuries to protect the northern borders against
raids. Most of what stands today dates from the Ming dynasty.

To make bread, mix flour, water, salt and yeast, knead the dough, let it rise for an hour and
bake it at 220 degrees until the crust is brown.

Python virtual environments keep the packages of one project apart from those of another. Create
one with the venv module and activate it before installing anything.

Rate limits protect the service. When you send too many requests per minute the server answers
with code 1002; wait and retry with exponential backoff.

Customers may return unused goods within thirty days of delivery. The refund is paid to the
original card within five working days.

Parking in front of the main building is reserved for visitors. Employees leave their cars in
the underground garage, which opens at six in the morning.

The heart pumps blood through the body. Its right half sends blood to the lungs, its left half
supplies all other organs with oxygen.

Mount Everest, on the border of Nepal and Tibet, is the highest mountain on Earth. Its summit
lies 8,849 metres above sea level.

Employees receive thirty days of paid holiday a year. Requests go to the team lead at least two
weeks in advance.

An API key belongs to one platform. A key made in China does not work on the international host,
and the server then answers that the key is invalid.

Vincent van Gogh painted The Starry Night in June 1889 while he stayed at the asylum of Saint-
Remy-de-Provence. It now hangs in New York.

Bees live in colonies with one queen, some drones and thousands of workers. Workers gather
nectar and pollen and dance to tell others where flowers are.

The kitchen on the second floor has a coffee machine. Descale it every month and empty the tray
each evening.

Inflation means that prices rise across the economy, so that money buys less than before.
Central banks fight it by raising interest rates.

A solar eclipse happens when the Moon passes between the Sun and the Earth and covers the Sun
for some minutes.

The invoice must carry the order number and the tax id. Send it as a PDF to the accounting
department by the end of the month.

Embeddings turn text into vectors. Texts with similar meaning get vectors that point in a
similar direction, which makes semantic search possible.

The Danube rises in the Black Forest in Germany and flows through ten countries before it
reaches the Black Sea.

Vaccines train the immune system to recognise a virus without causing the disease. Booster shots
refresh the protection after some years.

Passwords must have at least fourteen characters and are changed only after a leak. Use the
password manager that the company provides.

Chess is played on a board of sixty-four squares. Each player begins with sixteen pieces and
tries to give checkmate to the opponent's king.

The library is open from nine to eight on weekdays and closes at two on Saturdays. Books can be
borrowed for four weeks.

Volcanoes erupt when molten rock called magma rises through cracks in the crust. Lava, ash and
gas are thrown out of the crater.

Git keeps the history of a project. A branch is a movable pointer to a commit, and merging joins
two lines of work.

Tea came to Europe in the seventeenth century with Dutch and Portuguese traders. Green and black
tea come from leaves of the same plant.

Electric cars store energy in lithium batteries. Fast chargers fill most of the battery in half
an hour, a wall socket needs a night.
""".strip().split("\n\n")
] + [
    (
        "\u5317\u4eac\u662f\u4e2d\u56fd\u7684\u9996\u90fd\uff0c\u4eba\u53e3\u8d85\u8fc7"
        "\u4e24\u5343\u4e07\u3002\u6545\u5bab\u4f4d\u4e8e\u57ce\u5e02\u7684\u4e2d\u5fc3\u3002"
    ),
    (
        "\u5458\u5de5\u6bcf\u5e74\u6709\u4e09\u5341\u5929\u5e26\u85aa\u5047\u671f\uff0c"
        "\u7533\u8bf7\u9700\u8981\u63d0\u524d\u4e24\u5468\u63d0\u4ea4\u7ed9\u4e3b\u7ba1\u3002"
    ),
    (
        "\u9000\u8d27\u671f\u9650\u4e3a\u6536\u8d27\u540e\u4e09\u5341\u5929\uff0c\u9000"
        "\u6b3e\u4f1a\u5728\u4e94\u4e2a\u5de5\u4f5c\u65e5\u5185\u539f\u8def\u9000\u56de\u3002"
    ),
]

QUESTIONS = [
    ("Which rainforest is home to a tenth of all species?", 0),
    ("How do plants make oxygen from sunlight?", 1),
    ("Who was kept out by the wall in China?", 2),
    ("How hot should the oven be for baking bread?", 3),
    ("How do I install packages for a single Python project?", 4),
    ("What should I do about error code 1002?", 5),
    ("How long can I send things back for a refund?", 6),
    ("Where do employees park their cars?", 7),
    ("Which part of the heart sends blood to the lungs?", 8),
    ("How high is the tallest mountain?", 9),
    ("How many vacation days do employees get per year?", 10),
    ("Why is my API key invalid on the international host?", 11),
    ("When was The Starry Night painted?", 12),
    ("How do bees tell each other about flowers?", 13),
    ("What raises prices and how do central banks react?", 15),
    ("How does semantic search with vectors work?", 18),
    ("How long must a password be?", 21),
    ("When does the library close on Saturday?", 23),
    ("What is a branch in git?", 25),
    ("How fast can an electric car be charged?", 27),
    ("\u4e2d\u56fd\u7684\u9996\u90fd\u662f\u54ea\u91cc\uff1f", 28),
    ("\u6bcf\u5e74\u6709\u591a\u5c11\u5929\u5047\u671f\uff1f", 29),
    ("\u9000\u6b3e\u9700\u8981\u591a\u4e45\uff1f", 30),
]


def embedded(client: httpx.Client, texts: list[str], purpose: str) -> Any:  # noqa: ANN401 - an array of numpy
    """Return the vectors of `texts`."""
    body = {"model": "embo-01", "texts": texts, "type": purpose}
    return np.array(client.post(PATH, json=body).json()["vectors"])


def cosines(first: Any, second: Any) -> Any:  # noqa: ANN401  # Arrays.
    """Return the cosine of each row of `first` with each row of `second`."""
    left = first / np.linalg.norm(first, axis=1, keepdims=True)
    right = second / np.linalg.norm(second, axis=1, keepdims=True)
    return left @ right.T


def test_a_reply_holds_one_vector_per_text(
    client: httpx.Client, validate: Callable[[str, Any], None]
) -> None:
    """Order, size and counts are what clients index with."""
    body = {"model": "embo-01", "texts": ["one", "two words"], "type": "db"}

    reply = client.post(f"{PATH}?GroupId=anything", json=body)

    validate("embeddings.response", reply.json())
    assert [len(vector) for vector in reply.json()["vectors"]] == [1536, 1536]
    assert reply.json()["total_tokens"] == 3
    assert reply.json()["base_resp"] == {"status_code": 0, "status_msg": "success"}
    assert len(reply.headers["Trace-Id"]) == 32


def test_the_text_that_answers_is_nearest(client: httpx.Client) -> None:
    """Retrieval can only be shown to work if the right paragraph is found."""
    documents = embedded(client, DOCUMENTS, "db")
    queries = embedded(client, [question for question, _ in QUESTIONS], "query")

    ranking = np.argsort(-cosines(queries, documents), axis=1)

    places = [list(row).index(wanted) for row, (_, wanted) in zip(ranking, QUESTIONS, strict=True)]
    assert sum(place == 0 for place in places) / len(places) >= 0.9
    assert all(place < 3 for place in places)


def test_each_side_has_its_own_encoder(client: httpx.Client) -> None:
    """A client that mixes up the sides must be able to notice."""
    documents = embedded(client, DOCUMENTS[:5], "db")
    queries = embedded(client, DOCUMENTS[:5], "query")

    same = np.diag(cosines(documents, queries))

    assert np.all(same > 0.9)
    assert np.all(same < 0.99)


def test_vectors_are_repeatable_and_not_normalised(client: httpx.Client) -> None:
    """Whoever compares vectors must divide by their norms, as on MiniMax."""
    first = embedded(client, DOCUMENTS[:3], "db")
    second = embedded(client, DOCUMENTS[:3], "db")

    assert np.array_equal(first, second)
    assert not np.allclose(np.linalg.norm(first, axis=1), 1.0, atol=1e-3)


def test_many_texts_are_quick(client: httpx.Client) -> None:
    """Batches are the only lever against the request limit, so they must not be slow."""
    texts = [f"{number} {DOCUMENTS[number % 31]}" for number in range(256)]
    began = time.process_time()

    vectors = embedded(client, texts, "db")

    assert vectors.shape == (256, 1536)
    assert time.process_time() - began < 2


MISSING = "invalid params, binding: expr_path={}, cause=missing required parameter"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"model": "embo-01", "input": "a", "type": "db"}, MISSING.format("texts")),
        ({"model": "embo-01", "texts": ["a"]}, MISSING.format("type")),
        ({"texts": ["a"], "type": "db"}, MISSING.format("model")),
        (
            {"model": "embo-01", "texts": "a", "type": "db"},
            "invalid params, Mismatch type []string with value string",
        ),
        (
            {"model": "embo-01", "texts": [1], "type": "db"},
            "invalid params, Mismatch type string with value number",
        ),
        ({"model": "embo-01", "texts": ["a"], "type": "doc"}, "invalid params, invalid type: doc"),
        (
            {"model": "embo-02", "texts": ["a"], "type": "db"},
            "invalid params, unknown model 'embo-02'",
        ),
        ({"model": "embo-01", "texts": [], "type": "db"}, "invalid params, texts is empty"),
        ({"model": "embo-01", "texts": [" "], "type": "db"}, "invalid params, text is empty"),
        ([], "invalid params, Mismatch type EmbeddingsRequest with value array"),
    ],
)
def test_bad_requests_are_refused_inside_200(
    client: httpx.Client,
    validate: Callable[[str, Any], None],
    body: object,
    text: str,
) -> None:
    """Native endpoints say HTTP 200 whatever happens."""
    reply = client.post(PATH, json=body)

    assert reply.status_code == 200
    validate("embeddings.response", reply.json())
    assert reply.json()["vectors"] is None
    assert reply.json()["base_resp"] == {"status_code": 2013, "status_msg": text}


def test_a_text_may_have_4096_tokens(client: httpx.Client) -> None:
    """The limit is per text."""
    body = {"model": "embo-01", "texts": ["word" + " word" * 4095] * 2, "type": "db"}
    assert client.post(PATH, json=body).json()["base_resp"]["status_code"] == 0

    body["texts"] = ["word" + " word" * 4096]

    assert client.post(PATH, json=body).json()["base_resp"]["status_code"] == 1039


def test_a_body_must_be_json(client: httpx.Client) -> None:
    """The native decoder says less than the compatible one."""
    reply = client.post(PATH, content=b"{", headers={"X-Emulator-Quirks": "response-delay=0.001"})

    assert reply.json()["base_resp"]["status_msg"] == "invalid params, body is not json"


def test_an_answer_can_be_late(client: httpx.Client) -> None:
    """Time-outs must be testable here as well."""
    body = {"model": "embo-01", "texts": ["a"], "type": "db"}

    with pytest.raises(httpx.ReadTimeout):
        client.post(
            PATH, json=body, headers={"X-Emulator-Quirks": "response-delay=5"}, timeout=0.05
        )


def test_the_singular_path_is_unknown(client: httpx.Client) -> None:
    """A wrong path gives plain text, not JSON."""
    reply = client.post("/v1/embedding", json={})

    assert reply.status_code == 404
    assert reply.text == "404 page not found"
