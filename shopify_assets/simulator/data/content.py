"""The online store's words: blogs, articles, comments, pages, menus, redirects.

Charter: content linked both ways; menus of three levels; more comments on one article,
and more redirects, than a page holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.shelves import counted, ref, refs, times
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.world import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.ground import Ground

Json = dict[str, Any]

_PER_BLOG, _PER_ARTICLE = 64, 512
_ARTICLES = (30, 3, 0)
_MANY_COMMENTS, _REDIRECTS, _PAGES = 260, 270, 9
_MENUS = ("main-menu", "footer", "empty")
_POLICIES = ("REFUND_POLICY", "PRIVACY_POLICY", "TERMS_OF_SERVICE", "SHIPPING_POLICY",
             "CONTACT_INFORMATION")  # fmt: skip
_STATUSES = ("PUBLISHED", "PENDING", "SPAM", "UNAPPROVED", "REMOVED")


def articles() -> list[int]:
    """The places of all articles."""
    return [
        blog * _PER_BLOG + at
        for blog, count in enumerate(_ARTICLES)
        for at in range(count)
    ]


def _comments(article: int) -> int:
    return _MANY_COMMENTS if article == 0 else article % 4


class Content:
    """Makes the content of a shop's online store."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        made: list[tuple[str, Callable[[], Any], Callable[[int], Json]]] = [
            ("Blog", lambda: range(len(_ARTICLES)), self.blog),
            ("Article", articles, self.article),
            ("Comment", self._comment_places, self.comment),
            ("Page", lambda: range(_PAGES), self.page),
            ("UrlRedirect", lambda: range(_REDIRECTS), self.redirect),
            ("ShopPolicy", lambda: range(len(_POLICIES)), self.policy),
            ("Menu", lambda: range(len(_MENUS)), self.menu),
        ]
        return [
            Table(kind, places, build, self._columns(kind))
            for kind, places, build in made
        ]

    def _columns(self, kind: str) -> dict[str, Callable[[int], Any]]:
        return times(
            lambda place: self._created(kind, place),
            lambda place: self._updated(kind, place),
        )

    def _created(self, kind: str, place: int) -> int:
        dice = self._ground.dice(kind, place)
        return self._ground.later(self._ground.start, dice, 600)

    def _updated(self, kind: str, place: int) -> int:
        """Every third one changed in the same second."""
        created = self._created(kind, place)
        if place % 3 == 0:
            return max(created, self._ground.end - 4 * 86_400)
        return self._ground.later(created, self._ground.dice(kind, "c", place), 90)

    def _times(self, kind: str, place: int) -> Json:
        return {
            "__typename": kind,
            "id": ids.gid(kind, place),
            "createdAt": stamp(self._created(kind, place)),
            "updatedAt": stamp(self._updated(kind, place)),
        }

    def _comment_places(self) -> list[int]:
        return [
            article * _PER_ARTICLE + at
            for article in articles()
            for at in range(_comments(article))
        ]

    def blog(self, place: int) -> Json:
        """The Blog of a place; the last one has no articles."""
        held = [place * _PER_BLOG + at for at in range(_ARTICLES[place])]
        return {
            **self._times("Blog", place),
            "title": f"News {place}",
            "handle": f"news-{place}",
            "commentPolicy": ("MODERATED", "AUTO_PUBLISHED", "CLOSED")[place],
            "articles": refs("Article", held),
            "articlesCount": counted(len(held)),
            "tags": ["news"] if place == 0 else [],
            "templateSuffix": None,
        }

    def article(self, place: int) -> Json:
        """The Article of a place."""
        published = place % 4 != 3
        comments = [place * _PER_ARTICLE + at for at in range(_comments(place))]
        made = self._times("Article", place)
        return {
            **made,
            "title": f'About "{texts.THINGS[place % 8]}" {place}',
            "handle": f"article-{place}",
            "author": None
            if place % 5 == 4
            else {"__typename": "ArticleAuthor", "name": "Ada"},
            "blog": ref("Blog", place // _PER_BLOG),
            "body": f"<p>{texts.NOTES[place % 11] or ''}</p>",
            "summary": None if place % 2 else "<p>Short</p>",
            "comments": refs("Comment", comments),
            "commentsCount": counted(len(comments)),
            "isPublished": published,
            "publishedAt": made["createdAt"] if published else None,
            "tags": ["première", "news"][: place % 3],
            "templateSuffix": None,
        }

    def comment(self, place: int) -> Json:
        """The Comment of a place."""
        status = _STATUSES[place % len(_STATUSES)]
        made = self._times("Comment", place)
        published = status == "PUBLISHED"
        return {
            **made,
            "article": ref("Article", place // _PER_ARTICLE),
            "author": {
                "__typename": "CommentAuthor",
                "email": f"reader.{place}@example.com",
                "name": texts.FIRST_NAMES[place % len(texts.FIRST_NAMES)],
            },
            "body": texts.NOTES[2 + place % 9] or "",
            "bodyHtml": "<p>Nice</p>",
            "ip": f"203.0.113.{place % 255}" if place % 5 else None,
            "isPublished": published,
            "publishedAt": made["createdAt"] if published else None,
            "status": status,
            "userAgent": None,
        }

    def page(self, place: int) -> Json:
        """The Page of a place."""
        made = self._times("Page", place)
        published = place % 4 != 1
        return {
            **made,
            "title": f"Page {place}",
            "handle": f"page-{place}",
            "body": f"<p>{texts.NOTES[place] or ''}</p>",
            "bodySummary": (texts.NOTES[place] or "")[:100],
            "isPublished": published,
            "publishedAt": made["createdAt"] if published else None,
            "templateSuffix": "contact" if place == 0 else None,
        }

    def redirect(self, place: int) -> Json:
        """The UrlRedirect of a place."""
        return {
            **self._times("UrlRedirect", place),
            "path": f"/old/{place}",
            "target": f"/products/product-{place % self._ground.scale.products}",
        }

    def policy(self, place: int) -> Json:
        """The ShopPolicy of a place."""
        kind = _POLICIES[place]
        return {
            **self._times("ShopPolicy", place),
            "body": "<p>Within thirty days</p>",
            "title": kind.replace("_", " ").title(),
            "type": kind,
            "url": f"https://{self._ground.spec.domain}/policies/{kind.lower()}",
        }

    def menu(self, place: int) -> Json:
        """The Menu of a place; the first one has three levels, the last nothing."""
        return {
            **self._times("Menu", place),
            "title": _MENUS[place].replace("-", " ").title(),
            "handle": _MENUS[place],
            "isDefault": place < 2,
            "items": self._items(place, part=0, levels=(3, 1, 0)[place]),
        }

    def _items(self, place: int, *, part: int, levels: int) -> list[Json]:
        """Two items a level; a part's children are its double and the one after."""
        if levels == 0:
            return []
        return [self._item(place, part * 2 + at, levels=levels - 1) for at in (1, 2)]

    def _item(self, place: int, part: int, *, levels: int) -> Json:
        collection = part % 2 == 0
        return {
            "__typename": "MenuItem",
            "id": ids.gid("MenuItem", place, part),
            "items": self._items(place, part=part, levels=levels),
            "resourceId": ids.gid("Collection", part % 12) if collection else None,
            "tags": [],
            "title": f"Item {part}",
            "type": "COLLECTION" if collection else "HTTP",
            "url": f"/collections/collection-{part % 12}" if collection else None,
        }
