"""Archives as they should be, and as an attacker would make them."""

import io
import stat
import struct
import tarfile
import zipfile

import pytest

from i2i_zoo.errors import UserError
from i2i_zoo.hub import archive
from i2i_zoo.hub.archive import unpack

FILES = {"trainA/1.jpg": b"one" * 99, "trainB/2.jpg": b"two" * 99, "testA/empty.jpg": b""}


def zipped(files):
    """The bytes of a zip archive; names may be `ZipInfo`."""
    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(*infos, mode="w"):
    """The bytes of a tar archive of `(TarInfo, content)`."""
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode=mode) as archive:
        for info, content in infos:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def member(name, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def entry(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def encrypted():
    """Sets the bit of encryption in both headers of the only file."""
    content = bytearray(zipped({"a.jpg": b"secret"}))
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    return bytes(content)


def with_size(declared):
    """An archive of one file of 1000 bytes that declares another size in its directory."""
    content = bytearray(zipped({"a.jpg": bytes(1000)}))
    struct.pack_into("<I", content, content.index(b"PK\1\2") + 24, declared)
    return bytes(content)


def with_wrong_checksum():
    content = bytearray(zipped({"a.jpg": bytes(1000)}))
    struct.pack_into("<I", content, content.index(b"PK\1\2") + 16, 12345)
    return bytes(content)


def unpacked(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:xz"])
def test_zip_and_tar(tmp_path, mode):
    members = ((member(name), content) for name, content in FILES.items())
    (tmp_path / "x").write_bytes(zipped(FILES) if mode == "zip" else tarred(*members, mode=mode))
    unpack(tmp_path / "x", tmp_path / "out")
    assert unpacked(tmp_path / "out") == FILES


def test_folders_and_the_separator_of_windows(tmp_path):
    (tmp_path / "x").write_bytes(zipped({"empty/": b"", "a/": b"", "a/1.jpg": b"1", r"b\2.jpg": b"2"}))
    unpack(tmp_path / "x", tmp_path / "out")
    assert unpacked(tmp_path / "out") == {"a/1.jpg": b"1", "b/2.jpg": b"2"}
    assert (tmp_path / "out" / "empty").is_dir()


HOSTILE = {
    "parent": (zipped({"a/../../evil": b""}), "would leave its folder"),
    "windows parent": (zipped({r"a\..\..\evil": b""}), "would leave its folder"),
    "absolute": (zipped({"/evil": b""}), "would leave its folder"),
    "drive": (zipped({"C:evil": b""}), "would leave its folder"),
    "link": (zipped({entry("a", stat.S_IFLNK | 0o777): b"/etc/passwd"}), "'a', a link or device"),
    "device": (zipped({entry("a", stat.S_IFCHR | 0o666): b""}), "'a', a link or device"),
    "tar parent": (tarred((member("../evil"), b"")), "would leave its folder"),
    "tar link": (tarred((member("b"), b""), (member("a", tarfile.SYMTYPE, "b"), b"")), "'a', a link or device"),
    "tar hard link": (tarred((member("b"), b""), (member("a", tarfile.LNKTYPE, "b"), b"")), "'a', a link or device"),
    "tar device": (tarred((member("b"), b""), (member("a", tarfile.CHRTYPE), b"")), "'a', a link or device"),
    "encrypted": (encrypted(), "'a.jpg', a file under a password"),
    "empty": (zipped({}), "holds no files"),
    "empty folder": (zipped({"a/": b""}), "holds no files"),
    "twice": (tarred((member("a"), b"1"), (member("a"), b"2")), "twice"),
    "text": (b"not an archive", "neither a zip nor a tar"),
    "nothing": (b"", "neither a zip nor a tar"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_archives_write_nothing(tmp_path, kind):
    content, sentence = HOSTILE[kind]
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(UserError, match=f"x .*{sentence}"):
        unpack(tmp_path / "x", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


DAMAGED = {
    "more than declared": with_size(10),
    "less than declared": with_size(2000),
    "checksum": with_wrong_checksum(),
    "cut tar": tarred((member("a"), bytes(5000)))[:2000],
    "cut gz": tarred((member("a"), bytes(5000)), mode="w:gz")[:-20],
    "damaged zip": zipped({"a.jpg": bytes(range(256)) * 9}).replace(b"a.jpg", b"b.jpg", 1),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_is_one_sentence(tmp_path, kind):
    (tmp_path / "x").write_bytes(DAMAGED[kind])
    with pytest.raises(UserError, match=r"x cannot be unpacked \(.*get the archive again") as caught:
        unpack(tmp_path / "x", tmp_path / "out")
    assert "\n" not in str(caught.value)


def test_no_more_bytes_than_declared_are_written(tmp_path):
    (tmp_path / "x").write_bytes(with_size(10))
    with pytest.raises(UserError, match="CRC"):
        unpack(tmp_path / "x", tmp_path / "out")
    assert (tmp_path / "out" / "a.jpg").stat().st_size <= 10


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"MOST_ENTRIES": 2}, "more than 2 entries"),
        ({"MOST_BYTES": 593}, "unpack to 594 bytes"),
        ({"MOST_RATIO": 1, "RATIO_FROM": 100}, "unpack to 594 bytes"),
    ],
)
def test_limits(tmp_path, monkeypatch, limits, sentence):
    (tmp_path / "x").write_bytes(zipped(FILES))
    for name, value in limits.items():
        monkeypatch.setattr(archive, name, value)
    with pytest.raises(UserError, match=sentence):
        unpack(tmp_path / "x", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_ratio_counts_only_beyond_its_start(tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(zipped(FILES))
    monkeypatch.setattr(archive, "MOST_RATIO", 1)
    unpack(tmp_path / "x", tmp_path / "out")
    assert unpacked(tmp_path / "out") == FILES


def test_a_full_disk_is_not_the_archives_fault(tmp_path, monkeypatch):
    def full(source, file):
        raise OSError(28, "No space left on device")

    (tmp_path / "x").write_bytes(zipped(FILES))
    monkeypatch.setattr(archive.shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space left"):
        unpack(tmp_path / "x", tmp_path / "out")
