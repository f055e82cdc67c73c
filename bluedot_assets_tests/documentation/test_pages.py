"""Every built page, read as a browser reads it: only tags of HTML, every link and anchor leads somewhere, every picture
has a text, and a placeholder such as <id> is a word and no tag."""

import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urldefrag

import pytest

from bluedot_assets.adapters.site.pages import SHELL
from bluedot_assets_tests import REPOSITORY
from docs_site.build import write_tree

DOCS: Final = REPOSITORY / "docs_site/docs"
# HTML and SVG that the theme or Markdown write. An unknown one is a placeholder that was taken for a tag.
TAGS: Final = {
    *(
        "html",
        "head",
        "meta",
        "link",
        "title",
        "style",
        "script",
        "body",
        "header",
        "nav",
        "main",
        "div",
        "section",
        "article",
    ),
    *("aside", "footer", "a", "p", "span", "strong", "em", "b", "i", "s", "u", "del", "ins", "mark"),
    *("kbd", "sub", "sup", "small", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl"),
    *("dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "caption", "pre", "code", "blockquote", "hr", "br"),
    *(
        "img",
        "form",
        "input",
        "label",
        "button",
        "svg",
        "path",
        "g",
        "circle",
        "rect",
        "defs",
        "details",
        "summary",
        "dialog",
    ),
    *("noscript", "abbr", "figure", "figcaption"),
}
# `title`, `link` and the like exist as tags too, so a placeholder of that name would not be seen: there is none.
PLACEHOLDER: Final = re.compile(r"<([A-Za-z][A-Za-z0-9 _./-]*)>")


@dataclass
class Read(HTMLParser):
    tags: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    without_text: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.ids |= {name for name in (given.get("id"), given.get("name") if tag == "a" else None) if name}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        if tag in ("img", "script", "link", "source", "iframe"):
            self.sources.append(given.get("src") or (given.get("href") if tag == "link" else None) or "")
        if tag == "img" and not (given.get("alt") or "").strip():
            self.without_text.append(given.get("src") or "")

    def handle_data(self, data: str) -> None:
        self.text += data


@cache
def read(page: Path) -> Read:
    reader = Read()
    reader.feed(page.read_text("utf-8"))
    return reader


def pages(built: Path) -> list[Path]:
    found = sorted(built.rglob("index.html"))
    assert len(found) > 35
    return found


def test_no_page_holds_a_tag_that_is_none(built: Path) -> None:
    unknown = {str(page.relative_to(built)): read(page).tags - TAGS for page in pages(built)}
    assert {page: tags for page, tags in unknown.items() if tags} == {}


def test_every_placeholder_in_angle_brackets_is_shown(built: Path, tmp_path: Path) -> None:
    write_tree(tmp_path)
    missing, seen = [], 0
    for source in sorted((tmp_path / "docs").rglob("*.md")):
        if source.name == "README.md":
            continue
        content = re.sub(r"<!--.*?-->", "", source.read_text("utf-8"), flags=re.DOTALL)
        content = content.replace("&lt;", "<").replace("&gt;", ">")
        name = source.relative_to(tmp_path / "docs").with_suffix("")
        page = built / ("" if str(name) == "index" else name) / "index.html"
        shown = read(page).text
        for word in set(PLACEHOLDER.findall(content)) - {"br"}:
            seen += 1
            missing += [f"{name}: <{word}>"] if f"<{word}>" not in shown else []
    assert missing == []
    assert seen > 30


def test_the_source_setting_says_what_stands_in_the_brackets(built: Path) -> None:
    assert "gdrive:<" in read(built / "settings/index.html").text


def test_no_link_and_no_anchor_is_dead(built: Path) -> None:
    dead = []
    for page in pages(built):
        for link in read(page).links:
            path, anchor = urldefrag(link)
            path = path.partition("?")[0]
            if re.match(r"[a-z]+:", path):
                continue
            target = (page.parent / unquote(path)).resolve() if path else page
            if not target.is_relative_to(built):  # a page of the site, below whose docs/ each publish puts these
                target = SHELL.resolve() / target.relative_to(built.parent)
            target = target / "index.html" if target.is_dir() else target
            if target.suffix == ".html" and target.is_file() and anchor and unquote(anchor) not in read(target).ids:
                dead.append(f"{page.relative_to(built)}: {link}")
            if not target.is_file():
                dead.append(f"{page.relative_to(built)}: {link}")
    assert dead == []


def test_every_page_leads_back_to_the_site(built: Path) -> None:
    for page in pages(built):
        up = "../" * len(page.relative_to(built).parts)
        assert {f"{up}index.html", f"{up}pine/index.html"} <= set(read(page).links)


def test_every_picture_has_a_text_and_is_small(built: Path) -> None:
    assert {str(page): read(page).without_text for page in pages(built) if read(page).without_text} == {}
    sizes = {picture.name: picture.stat().st_size for picture in (DOCS / "images").iterdir()}
    assert {name: size for name, size in sizes.items() if size > 200_000} == {}


def test_nothing_is_loaded_from_another_host(built: Path) -> None:
    foreign = [source for page in pages(built) for source in read(page).sources if re.match(r"(https?:)?//", source)]
    assert foreign == []


@pytest.mark.parametrize("page", ["for-traders"])
def test_a_traders_page_has_no_setting_and_no_command(page: str) -> None:
    text = (DOCS / f"{page}.md").read_text("utf-8")
    assert re.findall(r"BLUEDOT_\w+|NOTIFICATION_\w+|`(?:\.venv/bin/)?(?:bluedot|dagster|make) [^`]*`|```", text) == []
