"""Files of all five types, and themes with their files.

Charter: what was uploaded. Images of products are files, too; one theme has more files
than a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.shelves import times
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.dice import fingerprint
from shopify_assets.simulator.world.world import Record, Ref, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.world.world import World

Json = dict[str, Any]

_KINDS = ("MediaImage", "GenericFile", "Video", "Model3d", "ExternalVideo")
_COUNTS = (6, 40, 4, 3, 3)
# Files that stand alone come after all images of products.
_ALONE, _PER_KIND = ids.APART, 4096
_IMAGES_MOST = 4
_THEME_FILES = (300, 5, 0)
# Some products show what is no image: a video, a model, a video elsewhere.
_SHOWN = ("Video", "Model3d", "ExternalVideo")
_FOLDERS = ("assets", "config", "layout", "locales", "sections", "snippets")


class Catalogue(Protocol):
    """The shop's products, as its files need them."""

    def images(self, place: int) -> int:
        """How many images a product has."""


class Files:
    """Makes the files and themes of a shop."""

    def __init__(self, ground: Ground, catalogue: Catalogue, world: World) -> None:
        self._ground = ground
        self._catalogue = catalogue
        self._world = world

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table("File", self._places, self._file, locate=_locate, types=_KINDS),
            Table(
                "OnlineStoreTheme",
                lambda: range(len(_THEME_FILES)),
                self.theme,
                times(self._created, self._changed),
                later={"files": self._theme_files},
            ),
        ]

    def _places(self) -> list[int]:
        images = [
            product * _IMAGES_MOST + part
            for product in self._world.places("Product")
            for part in range(self._catalogue.images(product))
        ]
        alone = [
            _ALONE + kind * _PER_KIND + at
            for kind, count in enumerate(_COUNTS)
            for at in range(count)
        ]
        return images + alone

    def _file(self, place: int) -> Json:
        if place < _ALONE:
            product, part = divmod(place, _IMAGES_MOST)
            gid = ids.gid("MediaImage", product, part)
            media: list[Json] = self._world.record("Product", product)["media"]
            return next(
                each for each in media if type(each) is dict and each["id"] == gid
            )
        kind, at = divmod(place - _ALONE, _PER_KIND)
        return self._alone(_KINDS[kind], kind, at)

    def _alone(self, kind: str, number: int, at: int) -> Json:
        gid = ids.gid(kind, _ALONE + number * _PER_KIND + at)
        ready = at % 5 != 3
        made = self._ground.later(self._ground.start, self._ground.dice(gid), 600)
        url = f"https://cdn.shopify.com/s/files/1/0001/files/{kind}-{at}?v=2"
        return {
            "__typename": kind,
            "id": gid,
            "alt": None if at % 5 == 0 else f"{kind} {at}",
            "createdAt": stamp(made),
            "updatedAt": stamp(max(made, self._ground.end - 6 * 86_400)),
            "fileErrors": [],
            "fileStatus": "READY" if ready else "PROCESSING",
            "filename": f"{kind.lower()}-{at}",
            "preview": None,
            "url": url if ready else None,
            **_details(kind, at, url),
        }

    def _created(self, place: int) -> int:
        return self._ground.start + place * 86_400

    def _changed(self, place: int) -> int:
        return self._ground.end - (1 + place) * 86_400

    def theme(self, place: int) -> Json:
        """The OnlineStoreTheme of a place."""
        return {
            "__typename": "OnlineStoreTheme",
            "id": ids.gid("OnlineStoreTheme", place),
            "createdAt": stamp(self._created(place)),
            "updatedAt": stamp(self._changed(place)),
            "name": ("Dawn", "Copy of Dawn", "Empty")[place],
            "prefix": f"/t/{place + 1}",
            "processing": place == 2,
            "processingFailed": False,
            "role": ("MAIN", "UNPUBLISHED", "DEVELOPMENT")[place],
            "themeStoreId": 887 if place == 0 else None,
        }

    def chosen_themes(self, arguments: Json) -> Callable[[int], bool] | None:
        """Which themes the arguments `roles` and `names` choose."""
        roles, names = arguments.get("roles"), arguments.get("names")
        if not roles and not names:
            return None

        def shown(place: int) -> bool:
            theme = self.theme(place)
            named = not names or theme["name"] in names
            return named and (not roles or theme["role"] in roles)

        return shown

    def _theme_files(self, theme: Record) -> list[Json]:
        place = ids.place("OnlineStoreTheme", ids.tail(theme["id"]))[0]
        return [self._theme_file(place, at) for at in range(_THEME_FILES[place])]

    def _theme_file(self, place: int, at: int) -> Json:
        name = f"{_FOLDERS[at % len(_FOLDERS)]}/file-{at:03d}.liquid"
        text = f"<p>{name}</p>"
        moment = stamp(self._changed(place) - at // 4 * 3600)
        return {
            "__typename": "OnlineStoreThemeFile",
            "__seed": ("theme file", place, at),
            "body": _body(at, text),
            "checksumMd5": f"{fingerprint(place, name):032x}" if at % 9 else None,
            "contentType": "text/plain",
            "createdAt": stamp(self._created(place)),
            "filename": name,
            "size": str(len(text)),
            "updatedAt": moment,
        }


def besides_images(product: int) -> list[Ref]:
    """Media of a product that are no images of its own."""
    kind, at = _SHOWN[product % len(_SHOWN)], product % 3
    place = _ALONE + _KINDS.index(kind) * _PER_KIND + at
    return [Ref(ids.gid(kind, place))] if product % 5 == 1 else []


def _locate(gid: ids.Gid) -> int | None:
    """The place of a file that stands alone, or of the image of a product."""
    place, part = ids.place(gid.type, gid.number)
    if place < _ALONE:
        return place * _IMAGES_MOST + part if gid.type == "MediaImage" else None
    return place if part == 0 else None


def _body(at: int, text: str) -> Json:
    kind = "OnlineStoreThemeFileBody"
    match at % 3:
        case 0:
            return {"__typename": f"{kind}Base64", "contentBase64": "PHA+PC9wPg=="}
        case 1:
            return {"__typename": f"{kind}Url", "url": f"https://cdn.example/{at}?v=1"}
    return {"__typename": f"{kind}Text", "content": text}


def _details(kind: str, at: int, url: str) -> Json:
    if kind == "GenericFile":
        return {"mimeType": "application/pdf", "originalFileSize": 1000 + at}
    if kind == "MediaImage":
        image = {"__typename": "Image", "id": None, "altText": None, "url": url,
                 "height": 600, "width": 400}  # fmt: skip
        return {
            "image": image,
            "mimeType": "image/png",
            "status": "READY",
            "mediaContentType": "IMAGE",
            "mediaErrors": [],
            "mediaWarnings": [],
        }
    content = {
        "Video": "VIDEO",
        "Model3d": "MODEL_3D",
        "ExternalVideo": "EXTERNAL_VIDEO",
    }
    made: Json = {"mediaContentType": content[kind], "mediaErrors": [],
                  "mediaWarnings": [], "status": "READY"}  # fmt: skip
    if kind == "ExternalVideo":
        return {**made, "embedUrl": url, "originUrl": url, "host": "YOUTUBE"}
    source = None if at == 3 else _source(kind, at, url)
    sources = [source] if source else []
    return {
        **made,
        "duration": 1000 * at,
        "originalSource": source,
        "sources": sources,
    }


def _source(kind: str, at: int, url: str) -> Json:
    if kind == "Model3d":
        return {
            "__typename": "Model3dSource",
            "filesize": 70_000 + at,
            "format": "glb",
            "mimeType": "model/gltf-binary",
            "url": f"{url}&original=1",
        }
    return {
        "__typename": "VideoSource",
        "fileSize": 9_000_000 + at,
        "format": "mp4",
        "height": 1080,
        "mimeType": "video/mp4",
        "url": f"{url}&original=1",
        "width": 1920,
    }
