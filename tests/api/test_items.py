"""Lists over REST: the grammar on what a place holds, cursors that keep their place, and ordering by hand."""

from tests.api.conftest import content, problem, wrong_fields

PEOPLE = content("/people/@items")


def names(response):
    return [each["title"] for each in response.json["items"]]


def with_people(api):
    ages = {"Ann": 25, "Bob": 41, "Eve": 41, "Zoe": None}
    for name, age in ages.items():
        api.site.node("/people", "employee", name, age=age, department="IT" if age else None)


def test_children_come_with_the_fields_that_lists_show(api):
    answer = api.ada.get(PEOPLE)
    assert answer.json["next"] is None
    assert "total" not in answer.json
    (john,) = answer.json["items"]
    assert (john["name"], john["title"], john["age"]) == ("John Doe", "John Doe", 30)
    assert "photo" not in john


def test_children_of_several_kinds_come_each_with_its_own(api):
    items = api.ada.get(content("/@items")).json["items"]
    assert [each["kind"] for each in items] == ["folder", "people"]
    assert "body" not in items[0]


def test_only_what_the_caller_may_see_is_listed_and_counted(api):
    api.site.node("/", "folder", "Public")
    api.site.grant("/", ("user:cleo", "reader"))
    api.site.grant("/people", inherits=False)
    answer = api.cleo.get(content("/@items?count=true&depth=all"))
    assert names(answer) == ["Handbook", "Leave", "Public"]
    assert answer.json["total"] == 3


def test_filters_narrow_and_sorting_orders(api):
    with_people(api)
    assert names(api.ada.get(PEOPLE, {"age__gte": 30, "sort": "-age,name"})) == ["Bob", "Eve", "John Doe"]
    assert names(api.ada.get(PEOPLE, {"department": "IT", "age__lt": 41})) == ["Ann"]
    assert names(api.ada.get(PEOPLE, {"name__in": "Ann,Zoe"})) == ["Ann", "Zoe"]
    assert names(api.ada.get(PEOPLE, {"age__isnull": "true"})) == ["Zoe"]
    assert names(api.ada.get(PEOPLE, {"name__contains": "OE", "name__startswith": "j"})) == ["John Doe"]
    assert names(api.ada.get(PEOPLE, {"department__ne": "IT", "sort": "name"})) == ["John Doe", "Zoe"]


def test_pages_follow_each_other_with_all_parameters_kept(api):
    with_people(api)
    url = f"{PEOPLE}?sort=-age,name&limit=2&count=true&age__isnull=false&fields=name,age"
    seen, pages = [], 0
    while url:
        answer = api.ada.get(url)
        assert answer.json["total"] == 4
        assert set(answer.json["items"][0]) == {"id", "kind", "path", "name", "age"}
        seen += [each["name"] for each in answer.json["items"]]
        url, pages = answer.json["next"], pages + 1
        if pages == 1:
            assert "sort=-age%2Cname&limit=2&count=true&age__isnull=false&fields=name%2Cage&cursor=" in url
    assert (seen, pages) == (["Bob", "Eve", "John Doe", "Ann"], 2)


def test_a_cursor_stays_where_it_was_while_others_insert(api):
    with_people(api)
    first = api.ada.get(PEOPLE, {"sort": "name", "limit": 2})
    assert names(first) == ["Ann", "Bob"]
    api.site.node("/people", "employee", "Aaron")
    api.site.node("/people", "employee", "Carl")
    assert names(api.ada.get(first.json["next"])) == ["Carl", "Eve"]


def test_words_and_depth(api):
    assert names(api.ben.get(content("/handbook/@items?q=early"))) == ["Leave"]
    assert names(api.ben.get(content("/handbook/@items?q=late"))) == []
    assert names(api.ada.get(content("/@items?depth=all&kind=employee&age=30"))) == ["John Doe"]
    assert names(api.ada.get(content("/@items?depth=all&age=30"))) == ["John Doe"]


def test_what_cannot_be_understood_is_400_and_named(api):
    for query, field in {
        "nmae=x": "nmae",
        "age__above=3": "age__above",
        "age=old": "age",
        "age__gte=": "age__gte",
        "count=yes": "count",
        "limit=0": "limit",
        "limit=1001": "limit",
        "limit=ten": "limit",
        "sort=size": "size",
        "fields=size": "size",
        "depth=2": "depth",
        "kind=pgae": "kind",
        "cursor=nonsense": "cursor",
        "cursor=WzFd": "cursor",
        "limit=1&limit=2": "limit",
        "depth=1&depth=all": "depth",
        "kind=employee&kind=page": "kind",
        f"manager={1 << 63}": "manager",
        f"manager__in=1,-{1 << 70}": "manager__in",
    }.items():
        refused = api.ada.get(f"{PEOPLE}?{query}", status=400)
        assert list(wrong_fields(refused)) == [field], query
    assert "'name'" in problem(api.ada.get(f"{PEOPLE}?nmae=x", status=400))["detail"]


def test_a_field_given_several_times_can_equal_any_of_them(api):
    assert len(api.ada.get(f"{PEOPLE}?age=30&age=31&department=HR").json["items"]) == 1
    assert api.ada.get(f"{PEOPLE}?age=31&age=32").json["items"] == []


def test_a_moment_is_compared_with_the_beginning_of_a_day(api):
    assert api.ada.get(f"{PEOPLE}?created__lt=2020-01-01").json["items"] == []
    assert len(api.ada.get(f"{PEOPLE}?created__gte=2020-01-01").json["items"]) == 1


def test_a_cursor_belongs_to_its_sort_order(api):
    with_people(api)
    following = api.ada.get(PEOPLE, {"sort": "name", "limit": 1}).json["next"]
    problem(api.ada.get(following.replace("sort=name", "sort=age"), status=400))


def test_fields_of_several_kinds_need_the_kind_said(api):
    refused = api.ada.get(content("/@items?body__contains=x"), status=400)
    assert "kind=page" in problem(refused)["detail"]
    assert api.ada.get(content("/@items?depth=all&body__contains=early&kind=page")).json["items"]


def test_children_are_ordered_by_hand(api):
    ids = [api.site.node("/handbook", "page", title).node.id for title in ("Beta", "Alpha")]
    where = content("/handbook/@items")
    assert names(api.ben.get(where)) == ["Alpha", "Beta", "Leave"]
    api.ben.post_json(content("/handbook/@order"), {"order": [api.page.id, ids[0]]}, status=204)
    assert names(api.ben.get(where)) == ["Leave", "Beta", "Alpha"]


def test_an_order_names_children_once(api):
    where = content("/handbook/@order")
    assert "order" in wrong_fields(api.ben.post_json(where, {"order": [api.page.id] * 2}, status=422))
    assert "order" in wrong_fields(api.ben.post_json(where, {"order": [api.folder.id]}, status=422))
    assert "order" in wrong_fields(api.ben.post_json(where, {"order": "1,2"}, status=422))
    assert "order" in wrong_fields(api.ben.post_json(where, {"order": [1 << 70]}, status=422))
    assert "order" in wrong_fields(api.ben.post_json(where, {}, status=422))
    assert problem(api.cleo.post_json(where, {"order": []}, status=403))["permission"] == "edit"
