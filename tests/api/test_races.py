"""Programs that change the same thing at the same moment."""

from concurrent.futures import ThreadPoolExecutor

from tests.api.conftest import Api, content, match, put_bytes

LEAVE = content("/handbook/leave")
PLAN = content("/handbook/plan.txt/@content")


def at_once(api: Api, count: int, headers: dict[str, str]) -> list[int]:
    """The statuses of as many edits of one page."""
    clients = [api.site.client("ben") for _ in range(count)]

    def edit(number: int) -> int:
        values = {"title": f"Absence {number}"}
        return clients[number].patch_json(LEAVE, values, headers=headers, expect_errors=True).status_int

    with ThreadPoolExecutor(count) as pool:
        return sorted(pool.map(edit, range(count)))


def test_of_many_that_name_the_version_one_wins(api: Api):
    tag = api.ben.get(LEAVE).headers["ETag"]
    assert at_once(api, 6, match(tag)) == [200, 412, 412, 412, 412, 412]
    assert api.ben.get(LEAVE).json["version"] == 2


def test_those_who_overwrite_follow_each_other(api: Api):
    assert at_once(api, 6, match("*")) == [200] * 6
    assert api.ben.get(LEAVE).json["version"] == 7


def test_bytes_that_are_put_at_once_follow_each_other(api: Api):
    put_bytes(api.ben, PLAN, b"first", 201)
    clients = [api.site.client("ben") for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(lambda number: put_bytes(clients[number], PLAN, b"%d" % number, 200).json, range(5)))
    assert sorted(each["version"] for each in made) == [2, 3, 4, 5, 6]


def test_the_same_name_is_given_once(api: Api):
    clients = [api.site.client("ben") for _ in range(4)]
    body = {"kind": "page", "title": "Sick days", "slug": "sick"}

    def make(client) -> int:
        return client.post_json(content("/handbook"), body, expect_errors=True).status_int

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(make, clients)) == [201, 409, 409, 409]
