"""The numbers of a hand-made week, counted by hand beside each test."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kentongan.records import Author, AuthorKind, Category, Window
from tests.digests.conftest import END, LATER, START, Home, answer, hours
from tests.factories import claim, mention


def test_volume_and_share_are_those_of_the_week_beside_the_week_before(home: Home) -> None:
    home.save(*(mention(published_at=hours(-7 * 24 + n)) for n in range(4)), mention(published_at=hours(-30), sentiment=0.9))
    home.save(*(mention(published_at=hours(n)) for n in range(6)), *(mention(published_at=hours(50), sentiment=0.9) for _ in range(3)))
    home.save(mention(published_at=hours(60), sentiment=0.0), mention(published_at=hours(60), agencies=("bmkg",)))
    week = home.pln()
    assert (week.now.total, week.now.negative, week.now.positive, week.now.negative_share) == (10, 6, 3, 0.6)
    assert week.before is not None
    assert (week.before.total, week.before.negative) == (5, 4)


def test_a_week_is_monday_to_sunday_in_jakarta(home: Home) -> None:
    last_second, first_second = START - timedelta(seconds=1), END - timedelta(seconds=1)
    home.save(mention(published_at=last_second), mention(published_at=START), mention(published_at=first_second), mention(published_at=END))
    assert START.isoformat() == "2026-03-01T17:00:00+00:00"  # Monday 00:00 WIB
    assert home.pln().now.total == 2


def test_each_day_is_a_day_in_jakarta(home: Home) -> None:
    home.save(mention(published_at=hours(23.9)), mention(published_at=hours(24)), mention(published_at=hours(167.9), sentiment=0.9))
    assert home.pln().per_day == ((1, 1), (1, 1), (0, 0), (0, 0), (0, 0), (0, 0), (1, 0))


def test_own_posts_are_not_counted_and_those_of_another_agency_are(home: Home) -> None:
    home.save(mention(official_of="pln", sentiment=0.0), mention(official_of="bmkg", agencies=("bmkg", "pln"), sentiment=0.0))
    assert home.pln().now.total == 1


def test_a_mention_that_blames_two_agencies_counts_for_both(home: Home) -> None:
    home.save(mention(agencies=("bmkg", "pln")))
    assert {week.slug: week.now.negative for week in home.numbers().agencies} == {"pln": 1, "bmkg": 1}


def test_a_persons_correction_wins(home: Home) -> None:
    home.save(mention(labels={"sentiment": "neutral"}, topics=("tagihan",)), mention(topics=("tagihan",)))
    week = home.pln()
    assert (week.now.negative, week.issues[0].negative) == (1, 1)


def test_the_places_that_complaints_name_are_counted_by_their_most_exact_codes(home: Home) -> None:
    home.save(
        mention(places=("32", "32.73")), mention(places=("32", "32.73")), mention(places=("32",)), mention(places=("31",), sentiment=0.9), mention()
    )
    assert home.pln().places == (("32.73", 2), ("32", 1))


def test_what_people_have_begun_to_talk_about_is_told_against_the_week_before(home: Home) -> None:
    past = [mention(text=f"listrik padam lagi nomor {n}", published_at=hours(-167 + n)) for n in range(60)]
    now = [mention(text=f"listrik padam, trafo meledak nomor {n}", published_at=hours(n)) for n in range(12)]
    home.save(*past, *now)
    week = home.pln()
    assert [(one.term, one.texts) for one in week.emerging] == [("trafo meledak", 12)]


def test_without_a_full_week_before_there_is_no_growth_and_nothing_to_compare_with(home: Home) -> None:
    home.save(*(mention(published_at=hours(n / 10)) for n in range(100)), mention(published_at=hours(-24)))
    week = home.pln()
    assert (week.before, week.risk_before, week.risk.growth) == (None, None, 0)


def test_growth_is_that_of_negative_mentions_on_the_week_before(home: Home) -> None:
    home.save(*(mention(published_at=hours(-7 * 24 + n / 10)) for n in range(40)), *(mention(published_at=hours(n / 10)) for n in range(80)))
    assert home.pln().risk.growth == pytest.approx(10)  # twice as many: half of the 20 points


# --- issues ---------------------------------------------------------------------------------------------------------


def test_issues_are_ranked_by_negative_mentions_beside_the_week_before(home: Home) -> None:
    home.save(*(mention(topics=("pemadaman",)) for _ in range(3)), *(mention(topics=("tagihan", "pemadaman")) for _ in range(2)))
    home.save(mention(topics=("pujian",), sentiment=0.9), mention(topics=("tagihan",), published_at=hours(-3)))
    assert [(i.topic, i.negative, i.before) for i in home.pln().issues] == [("pemadaman", 5, 0), ("tagihan", 2, 1)]


def test_the_agencys_own_business_is_no_issue_unless_there_is_no_other(home: Home) -> None:
    home.save(*(mention(topics=("pln", "tagihan")) for _ in range(3)))
    assert [i.topic for i in home.pln().issues] == ["tagihan"]
    home.save(*(mention(topics=("bmkg",), agencies=("bmkg",)) for _ in range(3)))
    assert [i.topic for week in home.numbers().agencies if week.slug == "bmkg" for i in week.issues] == ["bmkg"]


def test_one_text_is_quoted_for_one_issue_only(home: Home) -> None:
    home.save(mention(topics=("pemadaman", "tagihan"), text="sudah tiga jam padam, tagihan tetap naik terus bulan ini"))
    assert [i.example.text if i.example else "" for i in home.pln().issues] == ["sudah tiga jam padam, tagihan tetap naik terus bulan ini", ""]


def test_a_clear_complaint_of_a_citizen_is_quoted_before_a_loud_news_title(home: Home) -> None:
    news = mention(topics=("tagihan",), category=Category.NEWS, author=Author(kind=AuthorKind.MEDIA, name="Koran"), metrics={"shares": 900},
                   text="Pelanggan keluhkan tagihan yang naik dua kali lipat")  # fmt: skip
    complaint = mention(topics=("tagihan",), text="tagihan bulan ini dua kali lipat padahal rumah kosong")
    home.save(news, complaint)
    example = home.pln().issues[0].example
    assert example is not None
    assert example.text == complaint.mention.text


def test_a_deleted_post_is_not_quoted(home: Home) -> None:
    gone = mention(topics=("tagihan",), text="tagihan bulan ini dua kali lipat padahal rumah kosong")
    home.save(gone)
    home.mentions.blank([gone.mention.id], LATER)
    issue = home.pln().issues[0]
    assert (issue.negative, issue.example) == (1, None)


# --- complaints and answers -----------------------------------------------------------------------------------------


def test_answers_are_counted_with_their_median_time(home: Home) -> None:
    complaints = [mention(published_at=hours(n)) for n in (1, 2, 3, 4)]
    home.save(*complaints, answer(complaints[0], 1), answer(complaints[1], 2), answer(complaints[2], 9))
    a = home.pln().answers
    assert (a.complaints, a.answered, a.median, a.rate) == (4, 3, timedelta(hours=2), 0.75)


def test_only_the_first_answer_counts(home: Home) -> None:
    complaint = mention(published_at=hours(1))
    home.save(complaint, answer(complaint, 5), answer(complaint, 1), answer(complaint, 50))
    a = home.pln().answers
    assert (a.answered, a.median) == (1, timedelta(hours=1))


def test_an_answer_within_three_days_after_the_week_counts_and_a_later_one_does_not(home: Home) -> None:
    sunday = [mention(published_at=END - timedelta(hours=1)) for _ in range(2)]
    home.save(*sunday, answer(sunday[0], 72), answer(sunday[1], 74))
    assert home.pln().answers.answered == 1


def test_both_weeks_get_equally_long_to_be_answered(home: Home) -> None:
    then, now = mention(published_at=START - timedelta(hours=1)), mention(published_at=END - timedelta(hours=1))
    first = mention(published_at=hours(-7 * 24))
    home.save(first, then, now, answer(then, 20), answer(now, 20))
    monday_at_seven = home.pln(now=END + timedelta(hours=7))
    assert monday_at_seven.answers_before is not None
    assert (monday_at_seven.answers.answered, monday_at_seven.answers_before.answered) == (0, 0)
    on_thursday = home.pln(now=END + timedelta(days=3))
    assert on_thursday.answers_before is not None
    assert (on_thursday.answers.answered, on_thursday.answers_before.answered) == (1, 1)


def test_another_agencys_reply_is_no_answer(home: Home) -> None:
    complaint = mention(published_at=hours(1))
    home.save(complaint, answer(complaint, 1, official_of="bmkg", agencies=("bmkg",)), answer(mention(published_at=hours(1)), 1))
    assert (home.pln().answers.complaints, home.pln().answers.answered) == (1, 0)


def test_a_reply_dated_before_the_complaint_is_no_answer(home: Home) -> None:
    complaint = mention(published_at=hours(5))
    home.save(complaint, answer(complaint, -1))
    assert home.pln().answers.answered == 0


@pytest.mark.parametrize("category", [Category.NEWS, Category.FACTCHECK, Category.WIKI, Category.BLOG])
def test_where_nobody_expects_an_answer_nothing_is_a_complaint(home: Home, category: Category) -> None:
    home.save(mention(category=category), answer(mention(published_at=hours(1)), 1))
    assert home.pln().answers.complaints == 0


@pytest.mark.parametrize("kind", [AuthorKind.MEDIA, AuthorKind.OFFICIAL, AuthorKind.BUSINESS])
def test_organisations_do_not_complain(home: Home, kind: AuthorKind) -> None:
    home.save(mention(author=Author(key="v1:o", kind=kind)), answer(mention(published_at=hours(1)), 1))
    assert home.pln().answers.complaints == 0


def test_praise_and_hoaxes_are_no_complaints(home: Home) -> None:
    home.save(mention(sentiment=0.8), mention(hoax=0.9), answer(mention(published_at=hours(1)), 1))
    assert home.pln().answers.complaints == 0


def test_where_own_accounts_are_not_heard_nothing_is_measured(home: Home) -> None:
    home.save(*(mention(platform="x", published_at=hours(n)) for n in range(3)), mention(published_at=hours(4)))
    home.save(answer(mention(published_at=hours(4)), 1))  # heard on mastodon
    a = home.pln().answers
    assert (a.complaints, a.platforms, a.elsewhere) == (1, ("mastodon",), 3)


def test_unmeasured_answers_raise_no_risk(home: Home) -> None:
    home.save(*(mention(platform="x", published_at=hours(n / 10)) for n in range(50)))
    week = home.pln()
    assert (week.answers.rate, week.risk.unanswered) == (None, 0)


# --- hoaxes ---------------------------------------------------------------------------------------------------------

CHAIN = "PLN bagi bagi token listrik gratis seratus ribu untuk semua pelanggan sebarkan sebelum kehabisan"


def test_hoaxes_are_told_by_claim_with_accounts_and_first_sighting(home: Home) -> None:
    checked = claim(published_at=hours(30))
    home.state.put_claims([checked])
    early = [mention(hoax=0.9, cluster_id="c", text=CHAIN, published_at=hours(n)) for n in (1, 2, 3)]  # scored before the fact-check was out
    late = mention(hoax=0.9, cluster_id="c", text=CHAIN, published_at=hours(40), claim_id=checked.id)
    reworded = mention(hoax=0.9, cluster_id="d", text="token gratis dari pln", published_at=hours(41), claim_id=checked.id,
                       author=late.mention.author)  # fmt: skip
    home.save(*early, late, reworded)
    (hoax,) = home.pln().hoaxes
    assert hoax.claim is not None
    assert (hoax.claim.id, hoax.mentions, hoax.authors, hoax.first) == (checked.id, 5, 4, hours(1))


def test_copies_with_another_opening_are_one_story(home: Home) -> None:
    home.save(*(mention(hoax=0.9, cluster_id="a", text=CHAIN, published_at=hours(n)) for n in range(3)))
    home.save(*(mention(hoax=0.9, cluster_id="b", text=f"Dari grup sebelah: {CHAIN}", published_at=hours(n)) for n in range(2)))
    (hoax,) = home.pln().hoaxes
    assert (hoax.claim, hoax.mentions) == (None, 5)


def test_different_stories_stay_apart(home: Home) -> None:
    home.save(*(mention(hoax=0.9, cluster_id="a", text=CHAIN) for _ in range(4)))
    home.save(*(mention(hoax=0.9, cluster_id="b", text="meteran baru memancarkan radiasi berbahaya bagi anak kecil di rumah") for _ in range(3)))
    assert [h.mentions for h in home.pln().hoaxes] == [4, 3]


def test_two_odd_texts_are_no_hoax_that_goes_round(home: Home) -> None:
    home.save(mention(hoax=0.9, cluster_id="a", text=CHAIN), mention(hoax=0.9, cluster_id="a", text=CHAIN))
    assert home.pln().hoaxes == ()


def test_a_copy_that_was_not_recognised_is_not_quoted_as_a_complaint(home: Home) -> None:
    home.save(*(mention(hoax=0.9, cluster_id="a", text=CHAIN) for _ in range(3)))
    home.save(mention(hoax=0.3, cluster_id="a", text=CHAIN, topics=("tagihan",)), mention(hoax=0.3, text=f"Fwd: {CHAIN}", topics=("tagihan",)))
    issue = home.pln().issues[0]
    assert (issue.negative, issue.example) == (2, None)


def test_a_fact_check_is_no_copy_of_the_hoax_it_checks(home: Home) -> None:
    home.save(*(mention(hoax=0.9, cluster_id="a", text=CHAIN) for _ in range(3)), mention(hoax=0.9, cluster_id="a", category=Category.FACTCHECK))
    assert home.pln().hoaxes[0].mentions == 3


def test_a_hoax_that_a_person_cleared_is_none(home: Home) -> None:
    home.save(*(mention(hoax=0.9, cluster_id="a", text=CHAIN, labels={"hoax": "no"}) for _ in range(3)))
    assert (home.pln().now.hoax, home.pln().hoaxes) == (0, ())


def test_a_fact_check_from_after_the_time_of_the_digest_is_not_known_yet(home: Home) -> None:
    checked = claim(published_at=END + timedelta(days=5))
    home.state.put_claims([checked])
    home.save(*(mention(hoax=0.9, cluster_id="a", text=CHAIN, claim_id=checked.id) for _ in range(3)))
    assert home.pln().hoaxes[0].claim is None


# --- the whole ------------------------------------------------------------------------------------------------------


def test_counts_of_the_pass_and_of_the_state_agree(home: Home) -> None:
    items = [mention(published_at=hours(n * 1.7), sentiment=(-0.8, 0.0, 0.8)[n % 3], hoax=0.9 if n % 7 == 0 else 0.1) for n in range(90)]
    home.save(*items)
    week = home.pln()
    assert (week.now.total, week.now.negative, week.now.hoax) == (90, 30, 13)
    assert sum(total for total, _ in week.per_day) == 90


def test_agencies_are_ranked_by_risk(home: Home) -> None:
    home.save(*(mention() for _ in range(30)), *(mention(agencies=("bmkg",), sentiment=0.5) for _ in range(300)))
    assert [week.slug for week in home.numbers().agencies] == ["pln", "bmkg"]


def test_anything_simulated_makes_the_whole_digest_a_simulation(home: Home) -> None:
    home.save(mention(), mention())
    assert not home.numbers().simulated
    home.save(mention(tags=("simulasi",), published_at=hours(-30)))  # in the week before
    assert home.numbers().simulated


def test_a_week_whose_texts_are_gone_keeps_its_counts_and_says_so(home: Home) -> None:
    home.save(*(mention(published_at=hours(n)) for n in range(10)))
    home.mentions.purge(END)
    numbers = home.numbers()
    assert (numbers.texts_gone, home.pln().now.total) == (True, 10)


def test_an_empty_week_has_no_risk_and_no_wrong_division(home: Home) -> None:
    week = home.pln()
    assert (week.now.total, week.now.negative_share, week.risk.total, week.answers.rate) == (0, 0.0, 0, None)


def test_hours_in_which_nobody_listened_are_told(home: Home) -> None:
    home.save(mention())
    home.state.set_unobserved("pln", [hours(n / 12) for n in range(18)])
    assert home.numbers().unheard_h == 1.5


def test_sources_that_were_down_are_told_with_their_hours(home: Home) -> None:
    def poll(source: str, at_h: float, ok: bool) -> None:
        home.state.add_poll(source, started_at=hours(at_h), finished_at=hours(at_h), ok=ok, posts=0, kept=0)

    for at in range(0, 168, 4):
        poll("steady", at, ok=True)
        poll("once", at, ok=at != 40)
        poll("gone", at, ok=at < 148)
        poll("blip", at / 10, ok=at != 4)
    assert [(g.source, g.hours, g.still) for g in home.numbers().gaps] == [("gone", 20, True), ("once", 4, False)]
    assert Window(start=START, end=END).hours == 168
