"""BLUEDOT_SOURCE: the forms that are taken, and what is said of those that only look like one."""

import pytest

from bluedot_assets.settings.source_form import FORM, source_folder

FOLDER = "1AbC-_9xYz"


@pytest.mark.parametrize(
    "address",
    [
        f"gdrive:{FOLDER}",
        f" gdrive: {FOLDER} ",
        f"https://drive.google.com/drive/folders/{FOLDER}",
        f"https://drive.google.com/drive/folders/{FOLDER}?usp=sharing",
        f"https://drive.google.com/drive/u/0/folders/{FOLDER}",
        f"https://drive.google.com/drive/mobile/folders/{FOLDER}/",
        f"https://drive.google.com/open?id={FOLDER}&authuser=0",
        f"drive.google.com/drive/folders/{FOLDER}",
        f"gdrive:https://drive.google.com/drive/folders/{FOLDER}",
    ],
)
def test_a_folder_of_drive_is_its_id_or_its_address(address: str) -> None:
    assert source_folder(address) == f"gdrive:{FOLDER}"


@pytest.mark.parametrize("folder", ["drive", "./gdrive", "/srv/a:b", "data//x", "drive//daily", r"C:\data\x", "a b"])
def test_a_folder_of_this_machine_stays_as_it_is(folder: str) -> None:
    assert source_folder(folder) == folder


@pytest.mark.parametrize(
    "typed",
    [f"{word}{FOLDER}" for word in ("grdive:", "gdirve://", "gdrive//", "gdrive://", "GDrive:", "drive:", "gdrve:")],
)
def test_a_misspelled_form_is_refused_with_the_one_that_was_meant(typed: str) -> None:
    with pytest.raises(ValueError, match=rf"did you mean gdrive:{FOLDER}\?"):
        source_folder(typed)


@pytest.mark.parametrize(
    "address",
    [
        *("gdrive:", "gdrive", "gdrive:a/b", "s3://bucket/x", "https://example.org/drive.google.com/folders/x"),
        "https://drive.google.com/file/d/1AbC/view",
        "https://drive.google.com/drive/my-drive",
        "https://docs.google.com/spreadsheets/d/1AbC/edit",
    ],
)
def test_what_names_no_folder_is_refused_with_the_forms_that_there_are(address: str) -> None:
    with pytest.raises(ValueError, match="give a folder") as refused:
        source_folder(address)
    assert FORM in str(refused.value)
    assert "did you mean" not in str(refused.value)
